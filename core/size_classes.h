// Size classes: which block size serves a request of at most 32 KiB.
//
//   class 0              none: "not a block of a size class" in the region map
//   1 .. kTinyEnd - 1    tiny, requests to 1024 bytes
//   .. kNumClasses - 1   mid, requests to 32 KiB
//
// Fine table: 8, then 16 apart to 128, then four per doubling, but twice as many from 256 to 512,
// where programs have many of their larger objects, and one more each above 4 and 8 KiB, for pages
// with a header of their own: databases' (SQLite has 272 bytes before a page), and arenas' chunks.
// At most a fifth of a block is unused, counted from the request rounded up to the alignment of 16.
// The pow2 table has Phase 7's eight tiny classes instead.
//
// The header variant spends the last byte of every slot on the region-ID header of the next slot,
// so a block of stride S serves S - 1 bytes there, and its slabs start with 16 bytes that hold the
// first block's header. Its last tiny class is 1040, so that a request of 1024 is still tiny; its
// pow2 classes are 2^k and a header, rounded up to 16. It has no stride of 8: the link of a free
// block takes 8 bytes, and the next block's header may not lie within it.
//
// All of it is constant and computed at compile time.
#ifndef HAKMEM_CORE_SIZE_CLASSES_H_
#define HAKMEM_CORE_SIZE_CLASSES_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/config.h"

namespace hakmem {

using SizeClass = uint32_t;

inline constexpr SizeClass kNoClass = 0;
// An upper bound of every class, in every variant, for tables that any map byte may index.
inline constexpr size_t kMaxClasses = 64;
inline constexpr size_t kMaxTinyRequest = 1024;
// Bytes of a slot that the request cannot use.
inline constexpr size_t kSlotOverhead = config::kHeader ? 1 : 0;
inline constexpr size_t kMaxMidRequest = 32768 - kSlotOverhead;
// Offset of a run's block in its first unit, and at least that of the first block in a slab.
inline constexpr size_t kFirstBlock = config::kHeader ? 16 : 0;

namespace internal {

struct ClassList {
  std::array<uint32_t, kMaxClasses> stride{};
  SizeClass tiny_end = 1;  // one past the last tiny class
  SizeClass end = 1;       // one past the last class
};

// Of a program's own pages, such as SQLite's and z3's: a power of two and so much more.
inline constexpr size_t kProgramPageHeader = 272 + (config::kHeader ? kMinAlignment : 0);

constexpr ClassList MakeClassList() {
  ClassList list;
  auto add = [&list](size_t stride) { list.stride[list.end++] = static_cast<uint32_t>(stride); };
  if (config::kPow2) {
    for (size_t s = 8; s <= 1024; s *= 2) {
      add(config::kHeader ? RoundUp(s + 1, kMinAlignment) : s);
    }
  } else {
    if (!config::kHeader) add(8);
    for (size_t s = 16; s <= 128; s += 16) add(s);
    for (size_t s = 128; s < 1024; s *= 2) {
      const size_t parts = s == 256 ? 8 : 4;
      for (size_t i = 1; i <= parts; ++i) add(s + s * i / parts);
    }
    if (config::kHeader) add(1040);
  }
  list.tiny_end = list.end;
  for (size_t s = 1024; s < 32768; s *= 2) {
    for (size_t quarter = 1; quarter <= 4; ++quarter) {
      if (quarter == 1 && (s == 4096 || s == 8192)) add(s + kProgramPageHeader);
      add(s + s * quarter / 4);
    }
  }
  return list;
}

inline constexpr ClassList kClassList = MakeClassList();

}  // namespace internal

inline constexpr SizeClass kTinyEnd = internal::kClassList.tiny_end;
inline constexpr SizeClass kNumClasses = internal::kClassList.end;

// What the slow paths need to know of a class.
struct ClassGeometry {
  uint32_t stride = 0;           // bytes from one block to the next
  uint16_t blocks_per_slab = 0;  // how many blocks a slab holds
  uint8_t most_pages = 0;        // how many pages a block in use keeps from going back, at most
  uint8_t first_block = 0;       // offset of the first block in its slab
};

namespace internal {

// Blocks of two cache lines lie across three: were they aligned, a walk over the heads of many
// would touch every other line, which processors' prefetchers do not follow.
constexpr size_t FirstBlock(size_t stride) {
  return stride == 2 * kCacheLineBytes ? kMinAlignment : kFirstBlock;
}

// How many pages a block touches at most: n bytes at any offset that is a multiple of 16 touch
// (n - 2) / page + 2. In the header variant the class of 16 has a block at every border of two
// pages, whose header binds the one to the other.
constexpr size_t MostPages(size_t stride) {
  if (config::kHeader && stride == kFirstBlock) return kSlabBytes / kPageBytes;
  const bool aligned =
      FirstBlock(stride) == 0 && (kPageBytes % stride == 0 || stride % kPageBytes == 0);
  return aligned ? (stride + kPageBytes - 1) / kPageBytes : (stride - 2) / kPageBytes + 2;
}

constexpr std::array<ClassGeometry, kNumClasses> MakeGeometry() {
  std::array<ClassGeometry, kNumClasses> table{};
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    const uint32_t stride = kClassList.stride[c];
    const size_t first = FirstBlock(stride);
    table[c] = {stride, static_cast<uint16_t>((kSlabBytes - first) / stride),
                static_cast<uint8_t>(MostPages(stride)), static_cast<uint8_t>(first)};
  }
  return table;
}

// The classes of requests to kLargest: entry i is the smallest class from `first` on of at least
// i * kStep bytes. Index: (request + kSlotOverhead) in steps, rounded up.
template <size_t kLargest, size_t kStep>
constexpr auto MakeClassTable(SizeClass first) {
  std::array<uint8_t, RoundUp(kLargest + kSlotOverhead, kStep) / kStep + 1> table{};
  SizeClass c = first;
  for (size_t i = 0; i < table.size(); ++i) {
    while (kClassList.stride[c] < i * kStep) ++c;
    table[i] = static_cast<uint8_t>(c);
  }
  return table;
}

inline constexpr size_t kTinyStep = 8;
inline constexpr size_t kMidStep = 16;  // all mid strides are multiples of it

// What IsWholeStrides needs. All zeros where there is no class, which no offset passes.
struct Divisor {
  uint32_t inverse = 0;      // floor((2^32 - 1) / stride) + 1
  uint32_t first_block = 0;  // the first block's offset, times that
};
constexpr std::array<Divisor, kMaxClasses> MakeDivisors() {
  std::array<Divisor, kMaxClasses> table{};
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    const uint32_t inverse = UINT32_MAX / kClassList.stride[c] + 1;
    const auto first = static_cast<uint32_t>(FirstBlock(kClassList.stride[c]));
    table[c] = {inverse, first * inverse};
  }
  return table;
}

}  // namespace internal

inline constexpr auto kGeometry = internal::MakeGeometry();
inline constexpr auto kTinyTable =
    internal::MakeClassTable<kMaxTinyRequest, internal::kTinyStep>(1);
inline constexpr auto kMidTable =
    internal::MakeClassTable<kMaxMidRequest, internal::kMidStep>(kTinyEnd);
inline constexpr auto kDivisors = internal::MakeDivisors();

// The class of a request of at most kMaxTinyRequest bytes.
constexpr SizeClass TinyClass(size_t request) {
  return kTinyTable[(request + kSlotOverhead + internal::kTinyStep - 1) / internal::kTinyStep];
}

// The class of a request above kMaxTinyRequest and of at most kMaxMidRequest bytes.
constexpr SizeClass MidClass(size_t request) {
  return kMidTable[(request + kSlotOverhead + internal::kMidStep - 1) / internal::kMidStep];
}

// Bytes that the caller of a block of class `c` may use.
constexpr size_t UsableBytes(SizeClass c) { return kGeometry[c].stride - kSlotOverhead; }

// Whether `offset` (< 64 KiB) is whole strides of class `c` away from a slab's first block. One
// multiply: D. Lemire, O. Kaser, N. Kurz, "Faster remainder by direct computation" (2019), section
// 3.2, whose bound holds because the offset has 16 bits and the fraction 32. Offsets before the
// first block wrap around and fail, but for 0 where the stride is 16. False where `c` is no class,
// for any c < kMaxClasses.
constexpr bool IsWholeStrides(SizeClass c, uint32_t offset) {
  const internal::Divisor& divisor = kDivisors[c];
  return offset * divisor.inverse - divisor.first_block < divisor.inverse;
}

// Whether a block of class `c` starts `offset` bytes into a slab; likewise.
constexpr bool IsBlockOffset(SizeClass c, uint32_t offset) {
  if (kFirstBlock != 0 && offset < kFirstBlock) return false;  // in the other variant they fail
  return IsWholeStrides(c, offset);
}

// A set of classes, a bit for each. All zeros is the empty set.
struct ClassSet {
  static_assert(kMaxClasses <= 64);

  constexpr bool Has(SizeClass c) const { return (bits >> c & 1) != 0; }
  constexpr void Add(SizeClass c) { bits |= uint64_t{1} << c; }
  constexpr void Remove(SizeClass c) { bits &= ~(uint64_t{1} << c); }

  uint64_t bits;
};

static_assert(TinyClass(kMaxTinyRequest) == kTinyEnd - 1);
static_assert(MidClass(kMaxTinyRequest + 1) == kTinyEnd);
static_assert(MidClass(kMaxMidRequest) == kNumClasses - 1);
static_assert(UsableBytes(kTinyEnd - 1) >= kMaxTinyRequest);
static_assert(kNumClasses <= kMaxClasses);

}  // namespace hakmem

#endif  // HAKMEM_CORE_SIZE_CLASSES_H_
