#include "testing/model/pattern.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace hakmem::model {
namespace {

constexpr size_t kEndBytes = 256;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kWord = sizeof(uint64_t);

constexpr uint64_t PatternWord(uint64_t id, size_t word_index) {
  return (id * 0x9E3779B97F4A7C15) ^ ((word_index + 1) * 0xD1342543DE82EF95);
}

bool IsWhole(size_t size, uint64_t id) {
  return size <= kWholeLimit || (size <= kSometimesWholeLimit && id % 8 == 0);
}

// Calls `visit(begin, end)` for each stretch of a block that is written, in address order; `begin`
// is a multiple of the word. `visit` returns false to stop.
template <typename Visit>
void ForEachStretch(size_t size, uint64_t id, Visit visit) {
  if (IsWhole(size, id)) {
    visit(size_t{0}, size);
    return;
  }
  if (!visit(size_t{0}, kEndBytes)) return;
  const size_t tail = (size - kEndBytes) & ~(kWord - 1);
  for (size_t offset = 2 * kEndBytes; offset < tail; offset *= 2) {
    if (!visit(offset, offset + kWord)) return;
  }
  visit(tail, size);
}

size_t FindDefectInStretch(const char* bytes, size_t begin, size_t end, uint64_t id) {
  for (size_t offset = begin; offset < end; offset += kWord) {
    const size_t length = std::min(kWord, end - offset);
    const uint64_t expected = PatternWord(id, offset / kWord);
    uint64_t found = expected;
    std::memcpy(&found, bytes + offset, length);
    if (found != expected) return offset + std::countr_zero(found ^ expected) / 8;
  }
  return kNoOffset;
}

size_t FindNonZeroInStretch(const char* bytes, size_t begin, size_t end) {
  size_t offset = begin;
  for (; offset + kWord <= end; offset += kWord) {
    uint64_t word;
    std::memcpy(&word, bytes + offset, kWord);
    if (word != 0) return offset + std::countr_zero(word) / 8;
  }
  for (; offset < end; ++offset) {
    if (bytes[offset] != 0) return offset;
  }
  return kNoOffset;
}

static_assert(std::endian::native == std::endian::little, "byte offsets are counted from bit 0");

}  // namespace

void FillPattern(void* p, size_t size, uint64_t id) {
  char* bytes = static_cast<char*>(p);
  ForEachStretch(size, id, [&](size_t begin, size_t end) {
    for (size_t offset = begin; offset < end; offset += kWord) {
      const uint64_t word = PatternWord(id, offset / kWord);
      std::memcpy(bytes + offset, &word, std::min(kWord, end - offset));
    }
    return true;
  });
}

size_t FindPatternDefect(const void* p, size_t size, uint64_t id, size_t limit) {
  const char* bytes = static_cast<const char*>(p);
  size_t defect = kNoOffset;
  ForEachStretch(size, id, [&](size_t begin, size_t end) {
    if (begin >= limit) return false;
    defect = FindDefectInStretch(bytes, begin, std::min(end, limit), id);
    return defect == kNoOffset;
  });
  return defect;
}

uint8_t PatternByte(uint64_t id, size_t offset) {
  return static_cast<uint8_t>(PatternWord(id, offset / kWord) >> (offset % kWord * 8));
}

size_t FindNonZero(const void* p, size_t size, uint64_t id) {
  const char* bytes = static_cast<const char*>(p);
  constexpr size_t kReadWhole = size_t{1} << 20;
  if (size <= kReadWhole) return FindNonZeroInStretch(bytes, 0, size);
  size_t defect = kNoOffset;
  ForEachStretch(size, id, [&](size_t begin, size_t end) {
    defect = FindNonZeroInStretch(bytes, begin, end);
    return defect == kNoOffset;
  });
  const size_t step = (size / 512) & ~(kWord - 1);
  for (size_t offset = step; defect == kNoOffset && offset + kEndBytes < size; offset += step) {
    defect = FindNonZeroInStretch(bytes, offset, offset + kEndBytes);
  }
  return defect;
}

size_t TouchedBytes(size_t size, uint64_t id) {
  size_t stretches = 0;
  size_t last_huge_page = kNoOffset;
  ForEachStretch(size, id, [&](size_t begin, size_t) {
    stretches += begin / kHugePage != last_huge_page ? 1 : 0;
    last_huge_page = begin / kHugePage;
    return true;
  });
  return std::min(size, stretches * kHugePage);
}

}  // namespace hakmem::model
