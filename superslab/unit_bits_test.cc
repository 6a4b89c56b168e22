#include "superslab/unit_bits.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "core/test_random.h"

namespace hakmem {
namespace {

bool Has(uint64_t bits, size_t i) { return (bits >> i & 1) != 0; }

size_t NaiveFind(uint64_t bits, size_t count, size_t alignment) {
  for (size_t first = 0; first + count <= 64; first += alignment) {
    size_t length = 0;
    while (length < count && Has(bits, first + length)) ++length;
    if (length == count) return first;
  }
  return 64;
}

// Masks of every density: the fewer operands, the longer the runs of ones.
uint64_t RandomMask(TestRandom& random) {
  uint64_t mask = random.Next();
  for (size_t n = random.Below(5); n > 0; --n) {
    mask = random.OneIn(4) ? mask & random.Next() : mask | random.Next();
  }
  return mask;
}

TEST(UnitBitsTest, BitRangeHasItsOnesAndNoOthers) {
  for (size_t first = 0; first < 64; ++first) {
    for (size_t count = 1; first + count <= 64; ++count) {
      uint64_t expected = 0;
      for (size_t i = first; i < first + count; ++i) expected |= uint64_t{1} << i;
      ASSERT_EQ(BitRange(first, count), expected) << first << ", " << count;
    }
  }
}

TEST(UnitBitsTest, FindsWhatTheNaiveSearchFinds) {
  TestRandom random(TestSeed(1));
  for (int round = 0; round < 3000; ++round) {
    const uint64_t mask = RandomMask(random);
    for (size_t alignment = 1; alignment <= 64; alignment *= 2) {
      const size_t count = 1 + random.Below(round % 2 == 0 ? 64 : 8);
      ASSERT_EQ(FindBitRange(mask, count, alignment), NaiveFind(mask, count, alignment))
          << std::hex << mask << std::dec << ", count " << count << ", alignment " << alignment;
    }
  }
}

TEST(UnitBitsTest, FindsEveryRunThatIsAlone) {
  for (size_t first = 0; first < 64; ++first) {
    for (size_t count = 1; first + count <= 64; ++count) {
      const uint64_t mask = BitRange(first, count);
      ASSERT_EQ(FindBitRange(mask, count, 1), first);
      ASSERT_EQ(count == 64 ? 64 : FindBitRange(mask, count + 1, 1), 64u);
      ASSERT_EQ(FindBitRange(mask, count, 64), first == 0 ? 0u : 64u);
    }
  }
  for (size_t count = 1; count <= 64; ++count) EXPECT_EQ(FindBitRange(0, count, 1), 64u);
}

TEST(UnitBitsTest, PicksRunsByTheirLength) {
  TestRandom random(TestSeed(3));
  for (int round = 0; round < 3000; ++round) {
    const uint64_t mask = RandomMask(random);
    const size_t wanted = 1 + random.Below(round % 2 == 0 ? 64 : 8);
    uint64_t expected = 0;
    ForEachBitRange(mask, [&](size_t first, size_t count) {
      if (count == wanted) expected |= BitRange(first, count);
    });
    ASSERT_EQ(BitRangesOf(mask, wanted), expected)
        << std::hex << mask << std::dec << ", " << wanted;
  }
}

TEST(UnitBitsTest, FindsThePlacesOfSlabs) {
  TestRandom random(TestSeed(4));
  for (int round = 0; round < 3000; ++round) {
    const uint64_t mask = RandomMask(random);
    uint64_t expected = 0;
    for (size_t first = 0; first < 64; first += kUnitsPerSlab) {
      const uint64_t slab = BitRange(first, kUnitsPerSlab);
      if ((mask & slab) == slab) expected |= uint64_t{1} << first;
    }
    ASSERT_EQ(SlabsIn(mask), expected) << std::hex << mask;
  }
}

TEST(UnitBitsTest, ForEachSuperslabCutsAtTheirBorders) {
  for (size_t first = 0; first < 200; first += 7) {
    for (size_t count = 0; count < 300; ++count) {
      std::vector<bool> seen(kUnitsPerSuperslab * 10);
      size_t last = 0;
      ForEachSuperslab(first, count, [&](size_t s, uint64_t bits) {
        ASSERT_NE(bits, 0u);
        ASSERT_GE(s, last);
        last = s + 1;  // each superslab once, in order
        for (size_t i = 0; i < 64; ++i) {
          if (Has(bits, i)) seen[s * kUnitsPerSuperslab + i] = true;
        }
      });
      for (size_t u = 0; u < seen.size(); ++u) {
        ASSERT_EQ(seen[u], u >= first && u < first + count) << first << ", " << count;
      }
    }
  }
}

TEST(UnitBitsTest, ForEachBitRangeNamesEveryMaximalRun) {
  TestRandom random(TestSeed(2));
  for (int round = 0; round < 5000; ++round) {
    const uint64_t mask = round == 0 ? 0 : round == 1 ? ~uint64_t{0} : RandomMask(random);
    uint64_t rest = mask;
    size_t next = 0;
    ForEachBitRange(mask, [&](size_t first, size_t count) {
      ASSERT_GE(first, next);
      ASSERT_TRUE(first == 0 || !Has(mask, first - 1));
      ASSERT_TRUE(first + count == 64 || !Has(mask, first + count));
      ASSERT_EQ(rest & BitRange(first, count), BitRange(first, count));
      rest &= ~BitRange(first, count);
      next = first + count + 1;
    });
    ASSERT_EQ(rest, 0u) << std::hex << mask;
  }
}

}  // namespace
}  // namespace hakmem
