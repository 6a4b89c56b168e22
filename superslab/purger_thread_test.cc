// The purger's thread. Each test has a process of its own: there is one purger in each, and it ends
// for good. (The child of a process that has one: testing/programs, background_purge_test.)
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "core/platform_seams.h"
#include "superslab/process.h"
#include "superslab/test_process.h"

namespace hakmem {
namespace {

// However long that takes: InChild's alarm ends it.
void WaitUntilAllIsClean() {
  while (process.superslabs.GetTotals().dirty_units > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

bool FreesAndWaits() {
  for (int wave = 0; wave < 2; ++wave) {
    bool zeroed;
    const size_t first = process.superslabs.Allocate(UnitsOfMiB(16), 1, &zeroed);
    if (first == SuperslabHeap::kNone) return false;
    process.FreeRun(first, UnitsOfMiB(16));
    WaitUntilAllIsClean();
  }
  return true;
}

TEST(PurgerThreadTest, GivesMemoryBackWhileNobodyCalls) {
  EXPECT_TRUE(InChild([] { return process.purger.Start() && FreesAndWaits(); }));
}

TEST(PurgerThreadTest, IsStartedOnceAndStopsForGood) {
  EXPECT_TRUE(InChild([] {
    if (!process.purger.Start() || !process.purger.Start()) return false;
    process.purger.Stop();
    return !process.purger.Start();
  }));
}

TEST(PurgerThreadTest, ThereIsNoneUnderALimitOnAddressSpace) {
  EXPECT_TRUE(InChild([] {
    platform::GetSeams().address_space_limit = size_t{1} << 30;
    return !process.purger.Start();
  }));
}

}  // namespace
}  // namespace hakmem
