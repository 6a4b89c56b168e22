#include "tools/trace/analysis.h"

#include <gtest/gtest.h>

#include "tools/trace/test_trace.h"

namespace hakmem::trace {
namespace {

TEST(AnalysisTest, ATraceWithoutEvents) {
  const Analysis analysis = Analyze({}, 3);
  EXPECT_EQ(analysis.events, 0u);
  EXPECT_EQ(analysis.live_bytes, std::vector<uint64_t>(3));
}

TEST(AnalysisTest, FollowsWhatIsLive) {
  TestTrace t;
  t.Allocate(1, 0x100, 100).Allocate(2, 0x200, 5000).Free(1, 0x100).Allocate(1, 0x100, 30);
  t.Free(1, 0x200, Call::kDelete);
  const Analysis analysis = Analyze(t.trace(), 5);
  EXPECT_EQ(analysis.events, 5u);
  EXPECT_EQ(analysis.threads, 2u);
  EXPECT_EQ(analysis.duration, 4000u);
  EXPECT_EQ(analysis.peak.bytes, 5100u);
  EXPECT_EQ(analysis.peak.blocks, 2u);
  EXPECT_EQ(analysis.peak.time, 1000u);
  EXPECT_EQ(analysis.end.bytes, 30u);
  EXPECT_EQ(analysis.end.blocks, 1u);
  EXPECT_EQ(analysis.live_bytes, (std::vector<uint64_t>{100, 5100, 5100, 5030, 5030}));
  EXPECT_EQ(analysis.calls[static_cast<size_t>(Call::kMalloc)], 3u);
  EXPECT_EQ(analysis.calls[static_cast<size_t>(Call::kFree)], 1u);
  EXPECT_EQ(analysis.calls[static_cast<size_t>(Call::kDelete)], 1u);
  EXPECT_EQ(analysis.unknown + analysis.failed + analysis.overlaps, 0u);
}

TEST(AnalysisTest, AnIntervalWithoutEventsHasWhatIsLiveThen) {
  TestTrace t;
  t.Allocate(1, 0x100, 100).Free(1, 0x100);
  Trace trace = t.trace();
  trace.events[1].time = trace.events[0].time + 1'000'000;
  EXPECT_EQ(Analyze(trace, 4).live_bytes, (std::vector<uint64_t>{100, 100, 100, 100}));
}

TEST(AnalysisTest, KnowsLifetimesAndLeaksOfEveryClass) {
  TestTrace t;
  t.Allocate(1, 0x100, 100).Allocate(1, 0x200, 100).Allocate(1, 0x300, 100);
  t.Free(1, 0x200).Free(1, 0x100);
  t.Allocate(1, 0x400, kSuperslabBytes).Allocate(1, 0x500, kSuperslabBytes + 1);
  const Analysis analysis = Analyze(t.trace(), 1);
  const RowStats& row = analysis.rows[TinyClass(100)];
  EXPECT_EQ(row.blocks, 3u);
  EXPECT_EQ(row.bytes, 300u);
  EXPECT_EQ(row.lifetimes, (std::vector<uint64_t>{2000, 4000}));
  EXPECT_EQ(row.live_blocks, 1u);
  EXPECT_EQ(row.live_bytes, 100u);
  EXPECT_EQ(analysis.rows[kL25Row].live_blocks, 1u);
  EXPECT_EQ(analysis.rows[kHugeRow].live_bytes, kSuperslabBytes + 1);
}

TEST(AnalysisTest, KnowsThePeakOfEveryClass) {
  TestTrace t;
  t.Allocate(1, 0x100, 100).Allocate(1, 0x200, 100).Free(1, 0x200).Free(1, 0x100);
  t.Allocate(1, 0x300, 5000).Allocate(1, 0x400, 100).Allocate(1, 0x10000, kPageBytes * 9 + 1);
  const Analysis analysis = Analyze(t.trace(), 1);
  const uint64_t small = kGeometry[TinyClass(100)].stride;
  const uint64_t large = kGeometry[MidClass(5000)].stride;
  EXPECT_EQ(analysis.rows[TinyClass(100)].peak_block_bytes, 2 * small);
  EXPECT_EQ(analysis.rows[MidClass(5000)].peak_block_bytes, large);
  EXPECT_EQ(analysis.rows[kL25Row].peak_block_bytes, 10 * kPageBytes);
  EXPECT_EQ(analysis.peak_block_bytes, small + large + 10 * kPageBytes);
}

TEST(AnalysisTest, AReallocEndsABlockAndBeginsAnother) {
  TestTrace t;
  t.Allocate(1, 0x100, 100).Reallocate(1, 0x100, 0x100, 110).Reallocate(1, 0x100, 0x200, 5000);
  t.Reallocate(1, 0, 0x100, 7);
  const Analysis analysis = Analyze(t.trace(), 1);
  EXPECT_EQ(analysis.overlaps + analysis.unknown, 0u);
  EXPECT_EQ(analysis.end.bytes, 5007u);
  EXPECT_EQ(analysis.rows[TinyClass(100)].lifetimes.size(), 2u);
}

TEST(AnalysisTest, SaysWhatDoesNotFit) {
  TestTrace t;
  t.Free(1, 0x900).Reallocate(1, 0x800, 0x100, 5).Allocate(1, 0, 1000).Allocate(1, 0x100, 6);
  // A realloc that fails leaves its block.
  t.Allocate(1, 0x200, 7).Reallocate(1, 0x200, 0, 8);
  const Analysis analysis = Analyze(t.trace(), 1);
  EXPECT_EQ(analysis.unknown, 2u);
  EXPECT_EQ(analysis.failed, 2u);
  EXPECT_EQ(analysis.overlaps, 1u);
  EXPECT_EQ(analysis.end.bytes, 13u);
  EXPECT_EQ(analysis.end.blocks, 2u);
}

}  // namespace
}  // namespace hakmem::trace
