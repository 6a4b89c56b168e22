#include "core/size_classes.h"

#include <gtest/gtest.h>

#include <set>

#include "core/config.h"

namespace hakmem {
namespace {

// The box that serves a request, as box/dispatch.h asks it.
SizeClass ClassOfRequest(size_t request) {
  return request <= kMaxTinyRequest ? TinyClass(request) : MidClass(request);
}

// The slow reference: the first class of the box whose blocks are large enough.
SizeClass SmallestClassFor(size_t request) {
  for (SizeClass c = request <= kMaxTinyRequest ? 1 : kTinyEnd; c < kNumClasses; ++c) {
    if (UsableBytes(c) >= request) return c;
  }
  return kNoClass;
}

TEST(SizeClassesTest, EveryRequestGetsTheSmallestClassThatHoldsIt) {
  for (size_t request = 0; request <= kMaxMidRequest; ++request) {
    const SizeClass c = ClassOfRequest(request);
    ASSERT_EQ(c, SmallestClassFor(request)) << "request " << request;
    ASSERT_GE(UsableBytes(c), request);
  }
}

TEST(SizeClassesTest, RequestsAreTinyExactlyToTheTinyLimit) {
  EXPECT_EQ(kMaxTinyRequest, 1024u);
  EXPECT_LT(TinyClass(kMaxTinyRequest), kTinyEnd);
  for (size_t request = kMaxTinyRequest + 1; request <= kMaxMidRequest; ++request) {
    ASSERT_GE(MidClass(request), kTinyEnd) << "request " << request;
    ASSERT_LT(MidClass(request), kNumClasses) << "request " << request;
  }
  // No class could serve the next request.
  EXPECT_EQ(SmallestClassFor(kMaxMidRequest + 1), kNoClass);
}

// Classes 16 apart waste less than 16 bytes, those of four per doubling less than a fifth.
TEST(SizeClassesTest, FineClassesWasteLittle) {
  if (config::kPow2) GTEST_SKIP() << "pow2 classes waste up to half";
  for (size_t request = 9; request <= kMaxMidRequest; ++request) {
    const size_t stride = kGeometry[ClassOfRequest(request)].stride;
    const size_t unused = stride - (request + kSlotOverhead);
    if (stride <= 128) {
      ASSERT_LT(unused, 16u) << "request " << request;
    } else {
      ASSERT_LT(unused * 5, stride) << "request " << request;
    }
  }
}

TEST(SizeClassesTest, StridesGrowAndAreMultiplesOfTheAlignment) {
  EXPECT_EQ(kNoClass, 0u);
  EXPECT_LE(kNumClasses, kMaxClasses);
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    const size_t stride = kGeometry[c].stride;
    EXPECT_GT(stride, kGeometry[c - 1].stride);
    // A request above 8 bytes is aligned to 16: only a block of 8 may be less.
    EXPECT_EQ(stride % (stride > 8 ? kMinAlignment : 8), 0u) << "class " << c;
  }
}

TEST(SizeClassesTest, EveryBlockHasRoomForItsLinkAndTheNextHeader) {
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    EXPECT_GE(kGeometry[c].stride, sizeof(void*) + kSlotOverhead) << "class " << c;
  }
}

// Aligned requests rely on it: some class from any one on has blocks aligned to each power of two.
TEST(SizeClassesTest, PowersOfTwoAreClassesOfTheMapVariant) {
  if (config::kHeader) GTEST_SKIP() << "aligned blocks of the header variant have an AllocHeader";
  std::set<size_t> strides;
  for (SizeClass c = 1; c < kNumClasses; ++c) strides.insert(kGeometry[c].stride);
  for (size_t power = 16; power <= 32768; power *= 2) EXPECT_EQ(strides.count(power), 1u) << power;
}

TEST(SizeClassesTest, Pow2HasPhase7sEightTinyClasses) {
  if (!config::kPow2) GTEST_SKIP() << "for size_classes=pow2";
  EXPECT_EQ(kTinyEnd - 1, 8u);
  for (SizeClass c = 1; c < kTinyEnd; ++c) {
    EXPECT_GE(UsableBytes(c), size_t{8} << (c - 1));
    EXPECT_LT(kGeometry[c].stride, (size_t{8} << (c - 1)) + 1 + kMinAlignment);
  }
}

TEST(SizeClassesTest, SlabsHoldAsManyBlocksAsFit) {
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    const size_t end =
        kGeometry[c].first_block + size_t{kGeometry[c].blocks_per_slab} * kGeometry[c].stride;
    EXPECT_LE(end, kSlabBytes) << "class " << c;
    EXPECT_GT(end + kGeometry[c].stride, kSlabBytes) << "class " << c;
    EXPECT_GE(kGeometry[c].blocks_per_slab, 1u);
  }
}

TEST(SizeClassesTest, BlocksOfTwoCacheLinesDoNotBeginWithOne) {
  const ClassGeometry geometry = kGeometry[TinyClass(2 * kCacheLineBytes - kSlotOverhead)];
  if (config::kPow2 && config::kHeader) GTEST_SKIP() << "there are none";
  ASSERT_EQ(geometry.stride, 2 * kCacheLineBytes);
  EXPECT_EQ(geometry.first_block, kMinAlignment);
}

TEST(SizeClassesTest, BlocksFollowTheFirstByTheStride) {
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    const uint32_t stride = kGeometry[c].stride;
    const uint32_t first = kGeometry[c].first_block;
    for (uint32_t offset = 0; offset < kSlabBytes; ++offset) {
      const bool expected = offset >= first && (offset - first) % stride == 0;
      ASSERT_EQ(IsBlockOffset(c, offset), expected) << "class " << c << ", offset " << offset;
      const bool exception = kFirstBlock != 0 && offset == 0 && stride == kFirstBlock;
      ASSERT_EQ(IsWholeStrides(c, offset), expected || exception)
          << "class " << c << ", " << offset;
    }
  }
}

TEST(SizeClassesTest, NoOffsetIsABlockOfNoClass) {
  for (SizeClass c = kNumClasses; c <= kMaxClasses; ++c) {
    const SizeClass none = c == kMaxClasses ? kNoClass : c;
    for (uint32_t offset = 0; offset < kSlabBytes; ++offset) {
      ASSERT_FALSE(IsWholeStrides(none, offset)) << "class " << none << ", offset " << offset;
    }
  }
}

TEST(ClassSetTest, HasWhatWasAddedAndNotRemoved) {
  ClassSet set = {};
  for (SizeClass c = 0; c < kNumClasses; ++c) EXPECT_FALSE(set.Has(c));
  set.Add(1);
  set.Add(kNumClasses - 1);
  set.Add(kNumClasses - 1);
  EXPECT_TRUE(set.Has(1) && set.Has(kNumClasses - 1));
  EXPECT_FALSE(set.Has(2));
  set.Remove(kNumClasses - 1);
  set.Remove(2);
  EXPECT_TRUE(set.Has(1));
  EXPECT_FALSE(set.Has(kNumClasses - 1) || set.Has(2));
}

}  // namespace
}  // namespace hakmem
