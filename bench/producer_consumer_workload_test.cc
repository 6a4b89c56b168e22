#include "bench/producer_consumer_workload.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

namespace hakmem::bench {
namespace {

TEST(ProducerConsumerTest, EveryBlockArrivesIntact) {
  for (const auto& [producers, consumers] :
       {std::pair<uint64_t, uint64_t>{1, 1}, {3, 1}, {1, 3}, {2, 3}}) {
    const ProducerConsumerParams params = {.producers = producers,
                                           .consumers = consumers,
                                           .messages = 3001,
                                           .max_size = 3000,
                                           .depth = 16,
                                           .self_check = 1};
    ProducerConsumerResult result;
    ASSERT_EQ(RunProducerConsumer(params, &result), nullptr);
    EXPECT_EQ(result.operations, producers * 3001) << producers << " to " << consumers;
    EXPECT_EQ(result.errors, 0u) << producers << " to " << consumers;
  }
}

TEST(ProducerConsumerTest, AQueueOfOneIsEnough) {
  ProducerConsumerResult result;
  ASSERT_EQ(RunProducerConsumer({.messages = 500, .depth = 1}, &result), nullptr);
  EXPECT_EQ(result.operations, 500u);
}

}  // namespace
}  // namespace hakmem::bench
