#include "bench/harness/interleave.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace hakmem::bench {
namespace {

TEST(InterleavedTrialsTest, EveryTrialOnce) {
  std::set<std::tuple<size_t, size_t, size_t>> seen;
  for (const Trial& trial : InterleavedTrials(5, 4, 7)) {
    seen.emplace(trial.round, trial.workload, trial.allocator);
  }
  EXPECT_EQ(seen.size(), 5u * 4u * 7u);
  EXPECT_EQ(InterleavedTrials(5, 4, 7).size(), seen.size());
}

TEST(InterleavedTrialsTest, AllocatorsOfOneWorkloadAreNeighboursAndTheOrderRotates) {
  const std::vector<Trial> expected = {
      {0, 0, 0}, {0, 0, 1}, {0, 0, 2}, {0, 1, 1}, {0, 1, 2}, {0, 1, 0},
      {1, 0, 1}, {1, 0, 2}, {1, 0, 0}, {1, 1, 2}, {1, 1, 0}, {1, 1, 1},
  };
  EXPECT_EQ(InterleavedTrials(2, 2, 3), expected);
}

TEST(InterleavedTrialsTest, NothingToDo) {
  EXPECT_TRUE(InterleavedTrials(0, 4, 7).empty());
  EXPECT_TRUE(InterleavedTrials(5, 0, 7).empty());
  EXPECT_TRUE(InterleavedTrials(5, 4, 0).empty());
}

}  // namespace
}  // namespace hakmem::bench
