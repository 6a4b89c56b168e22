#include "bench/harness/micro_worker.h"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/harness/worker_report.h"
#include "bench/harness/worker_threads.h"

namespace hakmem::bench {
namespace {

// Collects what the benchmarks counted, and prints nothing.
class CountersReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      failed_ |= run.error_occurred;
      iterations_ += static_cast<uint64_t>(run.iterations);
      for (const auto& [name, counter] : run.counters) {
        if (std::isnan(counter.value)) continue;
        char value[32];
        snprintf(value, sizeof(value), "%.9g", counter.value);
        pairs_ +=
            (pairs_.empty() ? "" : " ") + name + ":" + run.run_name.function_name + "=" + value;
      }
    }
  }

  bool failed() const { return failed_; }
  uint64_t iterations() const { return iterations_; }
  const std::string& pairs() const { return pairs_; }

 private:
  bool failed_ = false;
  uint64_t iterations_ = 0;
  std::string pairs_;
};

}  // namespace

void MicroTimer::SetCounters(benchmark::State& state, double calls) const {
  state.counters["cycles"] = total_.cycles / calls;
  state.counters["instructions"] = total_.instructions / calls;
  state.counters["counted"] = meter_.source() == CycleMeter::Source::kCounters ? 1 : 0;
}

int RunMicroBenchmarks(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  CountersReporter reporter;
  const int64_t begin = Now();
  if (benchmark::RunSpecifiedBenchmarks(&reporter) == 0) return 2;  // the filter took all away
  const WorkDone work = {.operations = reporter.iterations(),
                         .seconds = static_cast<double>(Now() - begin) / kNanosecondsPerSecond,
                         .threads = 1};
  if (!WriteReport(ReportDescriptor(), work, ReadProcessUsage(), reporter.pairs().c_str()))
    return 1;
  return reporter.failed() ? 1 : 0;
}

}  // namespace hakmem::bench
