#include "bench/harness/cycle_meter.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace hakmem::bench {
namespace {

// Multiplications in one chain: about ten microseconds, so that most chains meet no interruption.
constexpr int kChainSteps = 1000;
constexpr int kMultipliesPerStep = 10;
constexpr int kTrials = 101;

// Opens a counter of this thread, in the group of `leader` (-1: a new one). -1 on failure.
int OpenCounter(uint64_t what, int leader) {
  perf_event_attr attributes = {};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof(attributes);
  attributes.config = what;
  attributes.read_format = PERF_FORMAT_GROUP;
  attributes.exclude_hv = 1;
  return static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, 0, -1, leader, PERF_FLAG_FD_CLOEXEC));
}

// The time-stamp counter once all instructions before it are done, and before any after it begins.
uint64_t Ticks() {
  _mm_lfence();
  const uint64_t ticks = __rdtsc();
  _mm_lfence();
  return ticks;
}

// Ticks that a chain of dependent multiplications takes.
uint64_t TimeChain() {
  uint64_t x = 3;
  const uint64_t begin = Ticks();
  for (int i = 0; i < kChainSteps; ++i) {
    asm volatile(
        "imul %0, %0\n imul %0, %0\n imul %0, %0\n imul %0, %0\n imul %0, %0\n"
        "imul %0, %0\n imul %0, %0\n imul %0, %0\n imul %0, %0\n imul %0, %0\n"
        : "+r"(x));
  }
  return Ticks() - begin;
}

double Calibrate() {
  std::array<uint64_t, kTrials> ticks;
  for (uint64_t& trial : ticks) trial = TimeChain();
  std::nth_element(ticks.begin(), ticks.begin() + kTrials / 2, ticks.end());
  return double{kChainSteps} * kMultipliesPerStep * kMultiplyCycles /
         static_cast<double>(ticks[kTrials / 2]);
}

}  // namespace

CycleMeter::CycleMeter(bool try_counters) {
  if (try_counters) {
    leader_ = OpenCounter(PERF_COUNT_HW_CPU_CYCLES, -1);
    if (leader_ >= 0) follower_ = OpenCounter(PERF_COUNT_HW_INSTRUCTIONS, leader_);
    if (leader_ >= 0 && follower_ < 0) {
      close(leader_);
      leader_ = -1;
    }
  }
  if (source() == Source::kCalibrated) cycles_per_tick_ = Calibrate();
  std::array<double, kTrials> cycles;
  std::array<double, kTrials> instructions;
  for (int i = 0; i < kTrials; ++i) {
    const Reading begin = Read();
    const Counts counts = Raw(begin, Read());
    cycles[i] = counts.cycles;
    instructions[i] = counts.instructions;
  }
  std::nth_element(cycles.begin(), cycles.begin() + kTrials / 2, cycles.end());
  overhead_.cycles = cycles[kTrials / 2];
  overhead_.instructions = instructions[kTrials / 2];  // always the same, or always NaN
}

CycleMeter::~CycleMeter() {
  if (leader_ >= 0) close(leader_);
  if (follower_ >= 0) close(follower_);
}

CycleMeter::Reading CycleMeter::Read() const {
  if (source() == Source::kCalibrated) return {.cycles = Ticks(), .instructions = 0};
  struct {
    uint64_t count;
    uint64_t cycles;
    uint64_t instructions;
  } group = {};
  if (read(leader_, &group, sizeof(group)) != sizeof(group)) return {};
  return {.cycles = group.cycles, .instructions = group.instructions};
}

CycleMeter::Counts CycleMeter::Raw(const Reading& begin, const Reading& end) const {
  if (source() == Source::kCalibrated) {
    return {.cycles = static_cast<double>(end.cycles - begin.cycles) * cycles_per_tick_,
            .instructions = std::nan("")};
  }
  return {.cycles = static_cast<double>(end.cycles - begin.cycles),
          .instructions = static_cast<double>(end.instructions - begin.instructions)};
}

CycleMeter::Counts CycleMeter::Between(const Reading& begin, const Reading& end) const {
  const Counts raw = Raw(begin, end);
  return {.cycles = raw.cycles - overhead_.cycles,
          .instructions = raw.instructions - overhead_.instructions};
}

}  // namespace hakmem::bench
