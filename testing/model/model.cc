#include "testing/model/model.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "core/test_random.h"
#include "testing/model/pattern.h"

namespace hakmem::model {
namespace {

// Operations between two choices of how many blocks are to live.
constexpr size_t kPhase = 8192;
// More than any address space holds.
constexpr size_t kImpossible = size_t{1} << 58;
// A value that no function sets.
constexpr int kErrnoMark = 4711;

size_t RequiredAlignment(const Block& block) {
  if (block.origin != Origin::kPlain) return block.alignment;
  return block.requested > 8 ? 16 : 8;
}

}  // namespace

Model::Model(const Allocator& allocator, const Limits& limits, uint64_t seed, unsigned thread)
    : allocator_(allocator),
      limits_(limits),
      seed_(seed),
      thread_(thread),
      random_(TestRandom(seed * 1'000'003 + thread).Next()),
      next_id_((uint64_t{thread} << 40) + 1) {}

bool Model::Step() {
  if (!ok()) return false;
  ++operation_;
  if (operation_ % kPhase == 1) target_blocks_ = random_.LogUniform(1, limits_.most_blocks);
  const size_t allocations = live_.size() < target_blocks_ ? 60 : 20;
  const size_t draw = random_.Below(100);
  if (draw < allocations || live_.empty()) {
    Allocate();
  } else if (draw < allocations + 15) {
    Reallocate();
  } else if (draw < 96) {
    Free(live_.PickRandom(random_));
  } else if (draw < 98) {
    AskTheImpossible();
  } else {
    const Block& block = live_[live_.PickRandom(random_)];
    ++counts_.operations[kLook];
    call_ = {"a look at", block.start, block.requested, block.alignment};
    CheckContents(block);
  }
  return ok();
}

bool Model::Run(size_t operations, const Deadline& deadline) {
  for (size_t i = 0; i < operations && ok(); ++i) {
    if (i % 64 == 0 && deadline.Passed()) break;
    Step();
  }
  return ok();
}

bool Model::Adopt(const Block& block) {
  if (!ok()) return false;
  call_ = {"taking over", block.start, block.requested, block.alignment};
  CheckContents(block);
  if (ok() && Enter(block.start, block)) CheckContents(block);
  return ok();
}

bool Model::FreeAll() {
  while (ok() && !live_.empty()) Free(live_.PickRandom(random_));
  return ok();
}

void Model::Allocate() {
  const bool aligned = random_.OneIn(8);
  const size_t alignment = aligned ? RandomAlignment(random_, limits_.largest_alignment) : 1;
  const size_t size = MakeRoom(RandomSize(random_, limits_.sizes), alignment);
  if (!ok()) return;
  aligned ? AllocateAligned(size, alignment) : AllocatePlain(size);
}

void Model::AllocatePlain(size_t size) {
  Block block = {nullptr, size, 0, 1, next_id_++, Origin::kPlain};
  const size_t kind = random_.Below(6);
  const bool zeroed = kind < 2;
  void* p;
  ++counts_.operations[zeroed ? kCalloc : kind == 2 ? kRealloc : kMalloc];
  errno = 0;
  if (zeroed) {
    const size_t count = size % 24 == 0 ? 24 : size % 7 == 0 ? 7 : 1;
    call_ = {"calloc", nullptr, count, size / count};
    p = allocator_.calloc(count, size / count);
  } else if (kind == 2) {
    call_ = {"realloc", nullptr, size, 0};
    p = allocator_.realloc(nullptr, size);
  } else {
    call_ = {"malloc", nullptr, size, 0};
    p = allocator_.malloc(size);
  }
  if (p == nullptr) return CheckRefusal(p, size, ENOMEM);
  if (!Enter(p, block)) return;
  if (zeroed) {
    const size_t offset = FindNonZero(p, size, block.id);
    if (offset != kNoOffset) {
      const unsigned found = static_cast<unsigned char*>(p)[offset];
      return Fail("block %p is not zero at offset %zu: 0x%02x", p, offset, found);
    }
  }
  FillPattern(p, live_[live_.size() - 1].usable, block.id);
}

void Model::AllocateAligned(size_t size, size_t alignment) {
  Block block = {nullptr, size, 0, alignment, next_id_++, Origin::kAlignedAlloc};
  void* p = nullptr;
  ++counts_.operations[kAligned];
  errno = kErrnoMark;
  if (random_.OneIn(2)) {
    call_ = {"aligned_alloc", nullptr, alignment, size};
    p = allocator_.aligned_alloc(alignment, size);
  } else {
    block.alignment = std::max(alignment, sizeof(void*));
    block.origin = Origin::kPosixMemalign;
    call_ = {"posix_memalign", nullptr, block.alignment, size};
    const int error = allocator_.posix_memalign(&p, block.alignment, size);
    if (allocator_.is_hakmem) CheckErrnoKept(kErrnoMark);
    if ((error == 0) != (p != nullptr)) return Fail("returned %d, but the block is %p", error, p);
    errno = error;
  }
  if (p == nullptr) return CheckRefusal(p, size + alignment, ENOMEM);
  if (Enter(p, block)) FillPattern(p, live_[live_.size() - 1].usable, block.id);
}

void Model::Reallocate() {
  const size_t picked = live_.PickRandom(random_);
  size_t new_size = RandomNewSize(random_, live_[picked].requested, limits_.sizes);
  const Block old = live_.Remove(picked);
  new_size = MakeRoom(new_size, 1);
  if (!ok()) return;
  ++counts_.operations[kRealloc];
  call_ = {"realloc", old.start, new_size, old.requested};
  CheckContents(old);
  errno = 0;
  void* p;
  if (random_.OneIn(4)) {
    const size_t count = new_size % 24 == 0 ? 24 : 1;
    call_ = {"reallocarray", old.start, count, new_size / count};
    p = allocator_.reallocarray(old.start, count, new_size / count);
  } else {
    p = allocator_.realloc(old.start, new_size);
  }
  FinishReallocate(old, p, new_size);
}

void Model::FinishReallocate(const Block& old, void* p, size_t new_size) {
  if (new_size == 0) {
    if (p != nullptr) Fail("returned %p, not NULL", p);
    return;
  }
  if (p == nullptr) {
    CheckRefusal(p, new_size, ENOMEM);
    CheckContents(old);
    if (ok()) live_.Add(old);
    return;
  }
  const Block block = {nullptr, new_size, 0, 1, next_id_++, Origin::kPlain};
  if (!Enter(p, block)) return;
  // What the caller could use of the old block, not only what was asked for: programs that ask for
  // the usable size write all of it.
  const size_t kept = std::min(old.usable, new_size);
  const size_t offset = FindPatternDefect(p, old.usable, old.id, kept);
  if (offset != kNoOffset) {
    return Fail("lost contents at offset %zu of %zu (old usable size %zu, now at %p)", offset, kept,
                old.usable, p);
  }
  FillPattern(p, live_[live_.size() - 1].usable, block.id);
}

void Model::Free(size_t i) {
  const Block block = live_.Remove(i);
  ++counts_.operations[kFree];
  call_ = {"free", block.start, block.requested, block.alignment};
  CheckContents(block);
  const size_t usable = allocator_.usable_size(block.start);
  if (usable != block.usable) Fail("usable size was %zu and is %zu", block.usable, usable);
  if (!ok()) return;
  errno = kErrnoMark;
  const bool sized = random_.OneIn(3);
  if (sized && block.origin == Origin::kPlain) {
    call_.function = "free_sized";
    allocator_.free_sized(block.start, block.requested);
  } else if (sized && block.origin == Origin::kAlignedAlloc) {
    call_.function = "free_aligned_sized";
    allocator_.free_aligned_sized(block.start, block.alignment, block.requested);
  } else {
    allocator_.free(block.start);
  }
  CheckErrnoKept(kErrnoMark);
}

void Model::AskTheImpossible() {
  ++counts_.operations[kTooMuch];
  const size_t size = random_.LogUniform(kImpossible, SIZE_MAX);
  const size_t count = random_.LogUniform(2, SIZE_MAX / 2);
  void* out = this;
  errno = 0;
  switch (random_.Below(5)) {
    case 0:
      call_ = {"malloc", nullptr, size, 0};
      return CheckRefusal(allocator_.malloc(size), size, ENOMEM);
    case 1: {
      const size_t each = SIZE_MAX / count + random_.Between(1, count);
      call_ = {"calloc", nullptr, count, each};
      return CheckRefusal(allocator_.calloc(count, each), size, ENOMEM);
    }
    case 2:
      call_ = {"aligned_alloc", nullptr, 64, size};
      return CheckRefusal(allocator_.aligned_alloc(64, size), size, ENOMEM);
    case 3: {
      const size_t alignment = 8 * random_.Between(1, 1000) + random_.Between(1, 7);
      call_ = {"posix_memalign", nullptr, alignment, 64};
      const int error = allocator_.posix_memalign(&out, alignment, 64);
      CheckErrnoKept(0);
      if (out != this) Fail("wrote its result after an error");
      errno = error;
      return CheckRefusal(nullptr, size, EINVAL);
    }
    default:
      return AskImpossibleReallocation();
  }
}

void Model::AskImpossibleReallocation() {
  if (live_.empty()) return;
  const Block& block = live_[live_.PickRandom(random_)];
  const size_t size = random_.LogUniform(kImpossible, SIZE_MAX);
  errno = 0;
  if (random_.OneIn(2)) {
    call_ = {"realloc", block.start, size, 0};
    CheckRefusal(allocator_.realloc(block.start, size), size, ENOMEM);
  } else {
    const size_t each = SIZE_MAX / size + 1;
    call_ = {"reallocarray", block.start, size, each};
    CheckRefusal(allocator_.reallocarray(block.start, size, each), size, ENOMEM);
  }
  CheckContents(block);
}

size_t Model::MakeRoom(size_t size, size_t alignment) {
  const auto fits = [&](size_t wanted) {
    return live_.touched_bytes() + TouchedBytes(wanted, next_id_) <= limits_.most_touched_bytes &&
           live_.virtual_bytes() + wanted + alignment <= limits_.most_virtual_bytes;
  };
  for (int i = 0; i < 16 && !fits(size) && !live_.empty() && ok(); ++i) {
    Free(live_.PickRandom(random_));
  }
  return fits(size) ? size : limits_.sizes.smallest + size % 1024;
}

void Model::CheckRefusal(const void* p, size_t size, int expected_error) {
  const int error = errno;
  if (p != nullptr) return Fail("returned %p, where it had to refuse", p);
  if (error != expected_error) {
    return Fail("refused with error %d, not %d", error, expected_error);
  }
  if (size < limits_.may_be_refused) return Fail("refused");
  if (size < kImpossible) ++counts_.refused;
}

bool Model::Enter(void* p, Block block) {
  block.start = static_cast<char*>(p);
  const size_t required = RequiredAlignment(block);
  if (reinterpret_cast<uintptr_t>(p) % required != 0) {
    Fail("block %p is not aligned to %zu", p, required);
    return false;
  }
  block.usable = allocator_.usable_size(p);
  if (block.usable < block.requested) {
    Fail("block %p has %zu usable bytes of %zu", p, block.usable, block.requested);
    return false;
  }
  const char* last = block.start + (block.usable > 0 ? block.usable - 1 : 0);
  if (allocator_.owns != nullptr && (!allocator_.owns(p) || !allocator_.owns(last))) {
    Fail("block %p of %zu bytes is not owned by the allocator", p, block.usable);
    return false;
  }
  if (const Block* other = live_.Add(block); other != nullptr) {
    Fail("block %p of %zu bytes overlaps block %p of %zu bytes", p, block.usable,
         static_cast<void*>(other->start), other->usable);
    return false;
  }
  return true;
}

void Model::CheckContents(const Block& block) {
  const size_t offset = FindPatternDefect(block.start, block.usable, block.id, block.usable);
  if (offset == kNoOffset) return;
  Fail("block %p (requested %zu, usable %zu) was overwritten at offset %zu: 0x%02x, not 0x%02x",
       static_cast<void*>(block.start), block.requested, block.usable, offset,
       static_cast<unsigned char>(block.start[offset]), PatternByte(block.id, offset));
}

void Model::CheckErrnoKept(int expected) {
  if (errno != expected) Fail("changed errno to %d", errno);
}

void Model::Fail(const char* format, ...) {
  if (!ok()) return;
  const int length = std::snprintf(
      violation_, sizeof(violation_),
      "seed %llu thread %u op %llu %s(%p, %zu, %zu): ", static_cast<unsigned long long>(seed_),
      thread_, static_cast<unsigned long long>(operation_), call_.function, call_.p, call_.first,
      call_.second);
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(violation_ + length, sizeof(violation_) - length, format, arguments);
  va_end(arguments);
}

}  // namespace hakmem::model
