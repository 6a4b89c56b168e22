// What a meter says of stretches whose length is known. No bound is tight: the machine may be busy,
// and a reading is only ever made longer by that.
#include "bench/harness/cycle_meter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace hakmem::bench {
namespace {

constexpr int kSteps = 100000;

// Takes at least kSteps cycles: each multiplication waits for the one before.
void Work() {
  uint64_t x = 3;
  for (int i = 0; i < kSteps; ++i) asm volatile("imul %0, %0" : "+r"(x));
}

CycleMeter::Counts Measure(const CycleMeter& meter) {
  const CycleMeter::Reading begin = meter.Read();
  Work();
  return meter.Between(begin, meter.Read());
}

TEST(CycleMeterTest, CalibratedHasCyclesButNoInstructions) {
  const CycleMeter meter(/*try_counters=*/false);
  EXPECT_EQ(meter.source(), CycleMeter::Source::kCalibrated);
  const CycleMeter::Counts counts = Measure(meter);
  EXPECT_GT(counts.cycles, 0);
  EXPECT_TRUE(std::isnan(counts.instructions));
}

TEST(CycleMeterTest, CountersAreUsedWhereTheKernelGivesThem) {
  const CycleMeter meter;
  const CycleMeter::Counts counts = Measure(meter);
  EXPECT_GT(counts.cycles, 0);
  if (meter.source() == CycleMeter::Source::kCounters) {
    EXPECT_GE(counts.cycles, kSteps);
    EXPECT_GE(counts.instructions, kSteps);
  } else {
    EXPECT_TRUE(std::isnan(counts.instructions));
  }
}

TEST(CycleMeterTest, ReadingsOnlyGrow) {
  for (const bool try_counters : {false, true}) {
    const CycleMeter meter(try_counters);
    CycleMeter::Reading last = meter.Read();
    for (int i = 0; i < 1000; ++i) {
      const CycleMeter::Reading next = meter.Read();
      ASSERT_GE(next.cycles, last.cycles);
      ASSERT_GE(next.instructions, last.instructions);
      last = next;
    }
  }
}

}  // namespace
}  // namespace hakmem::bench
