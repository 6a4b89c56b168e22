// Which step serves each call: exact in the stats variant, nothing in the others. A test process of
// its own, so that only its own calls count.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "box/dispatch.h"
#include "box/hakmem.h"
#include "core/config.h"
#include "core/step_counters.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// What has been counted since it was made.
class Steps {
 public:
  Steps() {
    for (size_t i = 0; i < kSteps; ++i) before_[i] = process.steps.Get(static_cast<Step>(i));
  }
  // The counts as "malloc_cache 1, free_cache 1", without those of 0.
  std::string ToString() const {
    std::string text;
    for (size_t i = 0; i < kSteps; ++i) {
      const uint64_t count = process.steps.Get(static_cast<Step>(i)) - before_[i];
      if (count == 0) continue;
      text += (text.empty() ? "" : ", ") + std::string(kStepNames[i]) + " " + std::to_string(count);
    }
    return text;
  }

 private:
  static constexpr size_t kSteps = static_cast<size_t>(Step::kCount);
  uint64_t before_[kSteps];
};

// A pointer of which the compiler knows nothing, so that it does not warn of what is tested.
void* Hidden(void* p) {
  void* volatile hidden = p;
  return hidden;
}

class StepsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!config::kStats) GTEST_SKIP() << "for --define stats=1";
    // Cached blocks, and room for more, in the classes that the tests use.
    for (const size_t size : {size_t{100}, size_t{500}, size_t{5000}, size_t{4096}}) {
      Free(Allocate(size));
    }
    Free(AllocateAligned(64, 100));
  }
};

TEST_F(StepsTest, AHitIsOneOfEach) {
  const Steps steps;
  Free(Allocate(100));
  Free(Allocate(5000));
  EXPECT_EQ(steps.ToString(), "malloc_cache 2, free_cache 2");
}

TEST_F(StepsTest, AnEmptyListIsRefilledOnce) {
  void* const first = Allocate(100);
  thread_cache.FlushAll();
  const Steps steps;
  void* const p = Allocate(100);
  void* const q = Allocate(100);
  EXPECT_EQ(steps.ToString(), "malloc_cache 2, malloc_refill 1");
  Free(p);
  Free(q);
  Free(first);
}

TEST_F(StepsTest, AListWithoutRoomIsLookedAtOnce) {
  void* const p = Allocate(100);
  void* const q = Allocate(100);
  thread_cache.FlushAll();
  const Steps steps;
  Free(p);
  Free(q);
  EXPECT_EQ(steps.ToString(), "free_cache 2, free_flush 1");
}

TEST_F(StepsTest, RunsAreTakenBackByLookup) {
  const Steps steps;
  Free(Allocate(100'000));
  Free(AllocateZeroed(1, 100'000));
  EXPECT_EQ(steps.ToString(), "malloc_run 2, free_run 2");
}

TEST_F(StepsTest, AlignedBlocksTooAreCounted) {
  const Steps steps;
  Free(AllocateAligned(64, 100));
  EXPECT_EQ(steps.ToString(),
            config::kHeader ? "malloc_cache 1, free_header 1" : "malloc_cache 1, free_cache 1");
}

TEST_F(StepsTest, AnOverwrittenHeaderIsFoundByLookup) {
  if (!config::kHeader) GTEST_SKIP() << "of the header variant";
  char* const tiny = static_cast<char*>(Allocate(500));
  char* const mid = static_cast<char*>(Allocate(5000));
  tiny[-1] = 0;
  mid[-1] = 0;
  const Steps steps;
  Free(tiny);
  Free(mid);
  EXPECT_EQ(steps.ToString(), "free_slab 1, free_mid 1");
  // And repaired: the same blocks again.
  const Steps again;
  EXPECT_EQ(Allocate(500), tiny);
  EXPECT_EQ(Allocate(5000), mid);
  Free(tiny);
  Free(mid);
  EXPECT_EQ(again.ToString(), "malloc_cache 2, free_cache 2");
}

TEST_F(StepsTest, AReallocThatMovesIsAMallocAndAFree) {
  void* const p = Allocate(100);
  const Steps moved;
  void* const q = Reallocate(p, 500);
  EXPECT_EQ(moved.ToString(), "malloc_cache 1, free_cache 1");
  const Steps in_place;
  EXPECT_EQ(Reallocate(q, 490), q);
  EXPECT_EQ(in_place.ToString(), "");
  const Steps from_mid;
  void* const r = Reallocate(Reallocate(q, 5000), 500);
  EXPECT_EQ(from_mid.ToString(), "malloc_cache 2, free_cache 2");
  Free(r);
}

TEST_F(StepsTest, AHugeReallocCountsOnceHoweverItMoves) {
  void* const p = Allocate(1'000'000);
  void* const behind = Allocate(1'000'000);  // so that it can't grow in place
  const Steps steps;
  void* const q = Reallocate(p, 9'000'000);
  EXPECT_EQ(steps.ToString(), "malloc_run 1, free_run 1");
  Free(behind);
  Free(q);
}

TEST_F(StepsTest, NullIsNoFreeAndAForeignPointerIsRefused) {
  const Steps steps;
  Free(Hidden(nullptr));
  EXPECT_EQ(steps.ToString(), "");
  process.settings.on_error = OnError::kWarn;
  static char foreign[32];
  testing::internal::CaptureStderr();
  Free(Hidden(foreign + 16));
  testing::internal::GetCapturedStderr();
  process.settings.on_error = OnError::kAbort;
  EXPECT_EQ(steps.ToString(), "free_refused 1");
}

TEST_F(StepsTest, WhatIsNotFreedIsTheDifference) {
  const uint64_t live = process.steps.Mallocs() - process.steps.Frees();
  void* const p = Allocate(100);
  void* const q = Reallocate(Allocate(40'000), 80'000);
  EXPECT_EQ(process.steps.Mallocs() - process.steps.Frees(), live + 2);
  EXPECT_LE(process.steps.Hits(), process.steps.Mallocs() + process.steps.Frees());
  Free(p);
  Free(q);
  EXPECT_EQ(process.steps.Mallocs() - process.steps.Frees(), live);
}

TEST_F(StepsTest, TheFiguresArePrinted) {
  char json[16 * 1024];
  hak_stats(json, sizeof(json));
  for (const char* field : {"\"steps\": {\"mallocs\": ", "\"frees\": ", "\"hits\": ",
                            "\"malloc_cache\": ", "\"free_refused\": "}) {
    EXPECT_NE(std::string(json).find(field), std::string::npos) << field << json;
  }
  testing::internal::CaptureStdout();
  hak_stats_print(1);
  const std::string table = testing::internal::GetCapturedStdout();
  for (const char* part : {"% of mallocs\n", "% of frees\n", "mallocs and frees: hit rate\n"}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << table;
  }
}

}  // namespace
}  // namespace hakmem
