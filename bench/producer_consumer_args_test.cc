#include "bench/producer_consumer_args.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hakmem::bench {
namespace {

// What ParseProducerConsumerArguments says to `arguments`, "" when it takes them.
std::string Error(std::vector<const char*> arguments, ProducerConsumerParams* params) {
  arguments.insert(arguments.begin(), "producer_consumer_worker");
  ArgumentError error;
  const bool taken = ParseProducerConsumerArguments(static_cast<int>(arguments.size()),
                                                    arguments.data(), params, &error);
  return taken ? "" : error.text;
}

TEST(ProducerConsumerArgsTest, ReadsAllInTheirOrder) {
  ProducerConsumerParams params;
  ASSERT_EQ(Error({"2", "3", "1000", "16", "4096", "64", "7", "1"}, &params), "");
  EXPECT_EQ(params.producers, 2u);
  EXPECT_EQ(params.consumers, 3u);
  EXPECT_EQ(params.messages, 1000u);
  EXPECT_EQ(params.min_size, 16u);
  EXPECT_EQ(params.max_size, 4096u);
  EXPECT_EQ(params.depth, 64u);
  EXPECT_EQ(params.seed, 7u);
  EXPECT_EQ(params.self_check, 1u);
}

TEST(ProducerConsumerArgsTest, SaysWhatIsWrong) {
  ProducerConsumerParams params;
  EXPECT_EQ(Error({"1"}, &params),
            "needs PRODUCERS CONSUMERS MESSAGES MIN MAX DEPTH SEED SELF_CHECK");
  EXPECT_EQ(Error({"0", "1", "1", "1", "1", "1", "1", "0"}, &params),
            "producers: must be from 1 to 2048");
  EXPECT_EQ(Error({"1", "1", "1", "9", "8", "1", "1", "0"}, &params),
            "largest size: must not be below the smallest");
  EXPECT_EQ(Error({"1", "1", "1", "8", "8", "100", "1", "0"}, &params),
            "queue depth: must be a power of two");
}

}  // namespace
}  // namespace hakmem::bench
