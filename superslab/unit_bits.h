// Bit arithmetic on the 64 units of a superslab: bit u is unit u.
#ifndef HAKMEM_SUPERSLAB_UNIT_BITS_H_
#define HAKMEM_SUPERSLAB_UNIT_BITS_H_

#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/config.h"

namespace hakmem {

// `count` ones (1 to 64) from bit `first`.
constexpr uint64_t BitRange(size_t first, size_t count) {
  return (~uint64_t{0} >> (64 - count)) << first;
}

// kMultiples[k]: the bits whose position is a multiple of 2^k.
inline constexpr uint64_t kMultiples[] = {
    ~uint64_t{0},
    0x5555'5555'5555'5555,
    0x1111'1111'1111'1111,
    0x0101'0101'0101'0101,
    0x0001'0001'0001'0001,
    0x0000'0001'0000'0001,
    1,
};

// Where `count` ones (1 to 64) in a row start in `bits`.
constexpr uint64_t BitRangeStarts(uint64_t bits, size_t count) {
  // After a round, bit i is set when bits i .. i + length - 1 were.
  for (size_t length = 1; length < count && bits != 0;) {
    const size_t step = length < count - length ? length : count - length;
    bits &= bits >> step;
    length += step;
  }
  return bits;
}

// Position of the lowest run of `count` ones (1 to 64) in `bits` that starts at a multiple of
// `alignment` (a power of two, at most 64); 64 when there is none.
constexpr size_t FindBitRange(uint64_t bits, size_t count, size_t alignment) {
  const uint64_t starts = BitRangeStarts(bits, count) & kMultiples[std::countr_zero(alignment)];
  return static_cast<size_t>(std::countr_zero(starts));
}

// The places of slabs, multiples of kUnitsPerSlab, all of whose units are ones in `bits`.
constexpr uint64_t SlabsIn(uint64_t bits) {
  return BitRangeStarts(bits, kUnitsPerSlab) & kMultiples[std::countr_zero(kUnitsPerSlab)];
}
inline constexpr uint64_t kAnySlab = ~uint64_t{0};

// Calls fn(superslab, bits) for every superslab that units [first, first + count) touch.
template <typename Fn>
constexpr void ForEachSuperslab(size_t first, size_t count, Fn&& fn) {
  while (count > 0) {
    const size_t within = first % kUnitsPerSuperslab;
    const size_t here = count < kUnitsPerSuperslab - within ? count : kUnitsPerSuperslab - within;
    fn(first / kUnitsPerSuperslab, BitRange(within, here));
    first += here;
    count -= here;
  }
}

// Calls fn(first, count) for every run of ones in `bits`.
template <typename Fn>
constexpr void ForEachBitRange(uint64_t bits, Fn&& fn) {
  while (bits != 0) {
    const size_t first = static_cast<size_t>(std::countr_zero(bits));
    const size_t count = static_cast<size_t>(std::countr_one(bits >> first));
    fn(first, count);
    bits &= ~BitRange(first, count);
  }
}

// A set of lengths of runs: bit n - 1 stands for just n units.
using RunLengths = uint64_t;
static_assert(kUnitsPerSuperslab <= 64);

constexpr RunLengths JustLength(size_t units) { return RunLengths{1} << (units - 1); }
constexpr RunLengths AtLeastLength(size_t units) { return ~RunLengths{0} << (units - 1); }
inline constexpr RunLengths kAnyLength = ~RunLengths{0};

// The lengths of the runs of ones in `bits`.
constexpr RunLengths BitRangeLengths(uint64_t bits) {
  RunLengths lengths = 0;
  ForEachBitRange(bits, [&](size_t, size_t count) { lengths |= JustLength(count); });
  return lengths;
}

// Those runs of ones in `bits` that are just `count` long.
constexpr uint64_t BitRangesOf(uint64_t bits, size_t count) {
  const uint64_t before = bits << 1;
  const uint64_t after = count < 64 ? bits >> count : 0;
  uint64_t ranges = BitRangeStarts(bits, count) & ~before & ~after;
  for (size_t length = 1; length < count;) {
    const size_t step = length < count - length ? length : count - length;
    ranges |= ranges << step;
    length += step;
  }
  return ranges;
}

static_assert(FindBitRange(~uint64_t{0}, 64, 1) == 0);
static_assert(FindBitRange(0b01110, 3, 1) == 1);
static_assert(FindBitRange(0b01110, 2, 2) == 2);
static_assert(FindBitRange(0b01110, 4, 1) == 64);
static_assert(SlabsIn(0b1111'1110'1111) == 0b1'0000'0001);
static_assert(BitRangeLengths(0b1'0110'1110'0111) == 0b111);
static_assert(BitRangeLengths(~uint64_t{0}) == uint64_t{1} << 63);
static_assert(BitRangesOf(0b1'0110'1110'0110, 2) == 0b0'0110'0000'0110);
static_assert(BitRangesOf(0b1'0110'1110'0110, 3) == 0b0'0000'1110'0000);
static_assert(BitRangesOf(~uint64_t{0}, 64) == ~uint64_t{0});

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_UNIT_BITS_H_
