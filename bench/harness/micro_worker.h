// A worker that is a set of Google Benchmarks, measured in cycles.
//
// The benchmarks say what they measured in counters of their state; RunMicroBenchmarks() reports
// each as COUNTER:BENCHMARK=VALUE (worker_report.h), so that a runner can make tables of them
// (micro_report.h).
#ifndef BENCH_HARNESS_MICRO_WORKER_H_
#define BENCH_HARNESS_MICRO_WORKER_H_

#include <benchmark/benchmark.h>

#include "bench/harness/cycle_meter.h"

namespace hakmem::bench {

// Adds up the stretches of one benchmark that count.
//
//   MicroTimer timer;
//   for (auto _ : state) { timer.Start(); ...; timer.Stop(); }   // or once, around the loop
//   timer.SetCounters(state, calls);
class MicroTimer {
 public:
  void Start() { begin_ = meter_.Read(); }
  void Stop() {
    const CycleMeter::Counts counts = meter_.Between(begin_, meter_.Read());
    total_.cycles += counts.cycles;
    total_.instructions += counts.instructions;
  }
  // Sets the counters "cycles", "instructions" (NaN without hardware counters) for each of `calls`
  // calls, and "counted": 1 when they are the processor's own counts.
  void SetCounters(benchmark::State& state, double calls) const;

 private:
  CycleMeter meter_;
  CycleMeter::Reading begin_ = {};
  CycleMeter::Counts total_ = {0, 0};
};

// Runs the benchmarks that are registered, as Google Benchmark's flags ask, and reports. Returns
// the exit status.
int RunMicroBenchmarks(int argc, char** argv);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_MICRO_WORKER_H_
