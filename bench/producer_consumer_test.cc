// Runs //bench:producer_consumer for real, as a user would, with bounds so small that it takes a
// moment.
#include <gtest/gtest.h>

#include <string>

#include "bench/harness/run_program.h"
#include "bench/harness/runfiles.h"

namespace hakmem::bench {
namespace {

std::string producer_consumer;  // path, set by main

TEST(ProducerConsumerTest, RunsUnderHakmemAndTheSystem) {
  const Outcome outcome =
      RunProgram(producer_consumer,
                 "--rounds=2 --self_check --ops=5000 --allocators=hakmem,hakmem_header,system");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_GE(CountOf(outcome.output, "Fastest: "), 3) << outcome.output;
  EXPECT_NE(outcome.output.find("Who served the calls"), std::string::npos) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "Failed"), 0) << outcome.output;
  EXPECT_EQ(CountOf(outcome.output, "failed"), 0) << outcome.output;
}

TEST(ProducerConsumerTest, TakesArguments) {
  const Outcome outcome =
      RunProgram(producer_consumer, "--rounds=1 --allocators=hakmem 2 3 1000 8 64 16 1");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("2 producers, 3 consumers"), std::string::npos) << outcome.output;
}

TEST(ProducerConsumerTest, RefusesWrongArguments) {
  EXPECT_EQ(RunProgram(producer_consumer, "0").exit_status, 2);
  EXPECT_EQ(RunProgram(producer_consumer, "1 1 1 1 1 3").exit_status, 2) << "no power of two";
  EXPECT_EQ(RunProgram(producer_consumer, "--allocators=nonesuch").exit_status, 2);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  hakmem::bench::producer_consumer =
      hakmem::bench::FindRunfile(hakmem::bench::RunfilesRoots(argv[0]), "bench/producer_consumer");
  return RUN_ALL_TESTS();
}
