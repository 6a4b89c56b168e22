// Processor cycles, and instructions, of a stretch of code in the calling thread.
//
// Two sources, and source() says which one it is:
//
//   counters    the processor's own, through perf_event_open(): user and kernel, this thread only.
//               Where the kernel refuses them (a virtual machine without them, a container,
//               /proc/sys/kernel/perf_event_paranoid), or offers user code alone, they are not
//               used.
//   calibrated  time, turned into cycles. The time-stamp counter ticks at a constant rate, the
//               processor's clock does not: so the meter runs a chain of multiplications, each of
//               which needs the result of the one before, at kMultiplyCycles each, and sees how
//               many ticks a cycle takes. Time in which another program has the processor counts
//               too: take a median over many measurements. There are no instructions.
//
// A meter is for one thread. It allocates nothing. x86-64 only, as the rest of the project.
#ifndef BENCH_HARNESS_CYCLE_METER_H_
#define BENCH_HARNESS_CYCLE_METER_H_

#include <cstdint>

namespace hakmem::bench {

// The latency of a 64-bit multiplication of two registers, on every x86-64 processor of Intel since
// 2008 and of AMD since 2017 (Agner Fog, "Instruction tables").
inline constexpr int kMultiplyCycles = 3;

class CycleMeter {
 public:
  enum class Source { kCounters, kCalibrated };

  // A moment's reading. Only differences mean anything.
  struct Reading {
    uint64_t cycles;  // counted, or ticks of the time-stamp counter
    uint64_t instructions;
  };
  struct Counts {
    double cycles;
    double instructions;  // NaN when calibrated
  };

  // Opens the counters, or calibrates, which takes about a millisecond.
  explicit CycleMeter(bool try_counters = true);
  ~CycleMeter();
  CycleMeter(const CycleMeter&) = delete;
  CycleMeter& operator=(const CycleMeter&) = delete;

  Source source() const { return leader_ >= 0 ? Source::kCounters : Source::kCalibrated; }

  // Waits for the instructions before it, so that they count.
  Reading Read() const;

  // From `begin` to `end`, without what reading itself costs.
  Counts Between(const Reading& begin, const Reading& end) const;

 private:
  Counts Raw(const Reading& begin, const Reading& end) const;

  // The counter of cycles leads the group, the one of instructions follows; -1: calibrated.
  int leader_ = -1;
  int follower_ = -1;
  double cycles_per_tick_ = 1;
  Counts overhead_ = {0, 0};  // of two readings with nothing between them
};

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_CYCLE_METER_H_
