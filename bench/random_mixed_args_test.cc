#include "bench/random_mixed_args.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hakmem::bench {
namespace {

// What ParseRandomMixedArguments says to `arguments`, "" when it takes them.
std::string Error(std::vector<const char*> arguments, RandomMixedParams* params) {
  arguments.insert(arguments.begin(), "random_mixed_worker");
  ArgumentError error;
  const bool taken = ParseRandomMixedArguments(static_cast<int>(arguments.size()), arguments.data(),
                                               params, &error);
  return taken ? "" : error.text;
}

TEST(RandomMixedArgsTest, ReadsAllInTheirOrder) {
  RandomMixedParams params;
  ASSERT_EQ(Error({"1000", "16", "4096", "7", "3", "50", "1"}, &params), "");
  EXPECT_EQ(params.operations, 1000u);
  EXPECT_EQ(params.min_size, 16u);
  EXPECT_EQ(params.max_size, 4096u);
  EXPECT_EQ(params.seed, 7u);
  EXPECT_EQ(params.threads, 3u);
  EXPECT_EQ(params.slots, 50u);
  EXPECT_EQ(params.self_check, 1u);
}

TEST(RandomMixedArgsTest, SaysWhatIsWrong) {
  RandomMixedParams params;
  EXPECT_EQ(Error({"1000"}, &params), "needs OPERATIONS MIN MAX SEED THREADS SLOTS SELF_CHECK");
  EXPECT_EQ(Error({"1", "16", "15", "1", "1", "1", "0"}, &params),
            "largest size: must not be below the smallest");
  EXPECT_EQ(Error({"1", "0", "15", "1", "1", "1", "0"}, &params),
            "smallest size: must be from 1 to 1073741824");
  EXPECT_EQ(Error({"1", "1", "15", "1", "1", "1", "2"}, &params),
            "self-check: must be from 0 to 1");
}

}  // namespace
}  // namespace hakmem::bench
