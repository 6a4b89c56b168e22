// micro_mincore_worker: measures the ways of micro_mincore_ways.h on the blocks that are live after
// a run of random_mixed, with whatever malloc it finds, as Google Benchmarks, and reports
// (harness/micro_worker.h). Started by //bench:micro_mincore.
//
// The code is hakmem's own header guard (tiny/header_guard.h), with a region map over the live
// blocks: what depends on the allocator is where its blocks lie.
//
//   micro_mincore_worker OPERATIONS [--benchmark_min_time=SECONDS]
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "bench/harness/micro_worker.h"
#include "bench/harness/number_arguments.h"
#include "bench/micro_mincore_ways.h"
#include "bench/random_mixed_workload.h"
#include "core/compiler.h"
#include "core/config.h"
#include "core/platform.h"
#include "superslab/region_map.h"
#include "tiny/header_guard.h"

namespace hakmem::bench {
namespace {

using config::HeaderGuard;

struct Pointers {
  std::vector<const char*> live;    // in random order, as slots are
  std::vector<const char*> starts;  // the start of each one's page instead
  RegionMap map;                    // the range of the live ones
};
Pointers pointers;

bool AtPageStart(const char* p, size_t header_bytes) {
  return IsNearPageStart(reinterpret_cast<uintptr_t>(p), header_bytes);
}
bool Never(const char*) { return false; }
bool Always(const char*) { return true; }
bool AtPageStart1(const char* p) { return AtPageStart(p, 1); }
bool AtPageStart16(const char* p) { return AtPageStart(p, 16); }

// The ways themselves.
bool Empty(const char*) { return true; }  // the compiler leaves no branch
bool Range(const char* p) { return MayReadHeader<HeaderGuard::kRange>(pointers.map, p); }
bool Mincore(const char* p) { return MayReadHeader<HeaderGuard::kMincore>(pointers.map, p); }
bool Guard(const char* p) { return MayReadHeader<HeaderGuard::kHybrid>(pointers.map, p); }
bool Align1(const char* p) { return !AtPageStart(p, 1); }
bool Align16(const char* p) { return !AtPageStart(p, 16); }
// As the guard, for headers of other sizes and with either system call.
template <size_t kHeaderBytes, bool (*kAsk)(const void*)>
bool Hybrid(const char* p) {
  if (HAK_UNLIKELY(AtPageStart(p, kHeaderBytes)) && !kAsk(p - kHeaderBytes)) return false;
  return pointers.map.MayReadBefore(p);
}

double PercentOf(const std::vector<const char*>& all, bool (*which)(const char*)) {
  const auto count = std::count_if(all.begin(), all.end(), which);
  return 100 * static_cast<double>(count) / static_cast<double>(all.size());
}

// What free() would do where the answer is no: the answer is a branch there, too, not a value.
HAK_SLOW void Refuse(const char* p) { benchmark::DoNotOptimize(p); }

// Measures `kWay` over `all`. `asks` tells of which pointers the way asks the kernel.
template <bool (*kWay)(const char*)>
void Measure(benchmark::State& state, const std::vector<const char*>& all,
             bool (*asks)(const char*)) {
  MicroTimer timer;
  timer.Start();
  for (auto _ : state) {
    for (const char* p : all) {
      benchmark::DoNotOptimize(p);
      if (HAK_UNLIKELY(!kWay(p))) Refuse(p);
    }
  }
  timer.Stop();
  timer.SetCounters(state, static_cast<double>(state.iterations() * all.size()));
  state.counters[kAsked] = PercentOf(all, asks);
}

// Takes the addresses of the live blocks.
void Collect(char* const* slots, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) {
    if (slots[i] == nullptr) continue;
    pointers.live.push_back(slots[i]);
    const auto address = reinterpret_cast<uintptr_t>(slots[i]);
    pointers.starts.push_back(reinterpret_cast<const char*>(RoundDown(address, kPageBytes)));
  }
  if (pointers.live.empty()) return;
  const auto [first, last] = std::minmax_element(pointers.live.begin(), pointers.live.end());
  const uintptr_t base = RoundDown(reinterpret_cast<uintptr_t>(*first) - 1, kUnitBytes);
  pointers.map.Init(base, nullptr);  // whether a pointer is in range needs no map byte
  pointers.map.SetUnits(pointers.map.UnitOf(*last) + 1, /*all_mapped=*/true);
}

void RegisterAll() {
  const auto add = [](const char* name, auto* measure, const std::vector<const char*>& all,
                      bool (*asks)(const char*)) {
    benchmark::RegisterBenchmark(name, measure, all, asks);
  };
  add("empty", Measure<Empty>, pointers.live, Never);
  add("range", Measure<Range>, pointers.live, Never);
  add("align1", Measure<Align1>, pointers.live, Never);
  add("align16", Measure<Align16>, pointers.live, Never);
  using platform::IsMapped;
  using platform::IsReadable;
  add("hybrid1", Measure<Guard>, pointers.live, AtPageStart1);
  add("hybrid16", Measure<Hybrid<16, IsReadable>>, pointers.live, AtPageStart16);
  add("boundary", Measure<Guard>, pointers.starts, Always);
  add("hybrid1_mincore", Measure<Hybrid<1, IsMapped>>, pointers.live, AtPageStart1);
  add("hybrid16_mincore", Measure<Hybrid<16, IsMapped>>, pointers.live, AtPageStart16);
  add("boundary_mincore", Measure<Hybrid<1, IsMapped>>, pointers.starts, Always);
  add("mincore", Measure<Mincore>, pointers.live, Always);
}

// Runs while the blocks of `slots` live, and keeps the exit status.
struct Measurement {
  int argc;
  char** argv;
  int exit_status = 1;
};
void RunOnLiveBlocks(void* context, char* const* slots, uint64_t count) {
  auto* measurement = static_cast<Measurement*>(context);
  Collect(slots, count);
  if (pointers.live.empty()) return;
  RegisterAll();
  measurement->exit_status = RunMicroBenchmarks(measurement->argc, measurement->argv);
}

int RunWorker(int argc, char** argv) {
  RandomMixedParams params;
  params.max_size = 1024;  // blocks that have a header in Phase 7
  const NumberArgument operations = {"operations", 1, UINT32_MAX, &params.operations};
  ArgumentError error = {"needs OPERATIONS"};
  if (argc < 2 || !ParseNumbers(argv + 1, 1, &operations, &error)) {
    dprintf(STDERR_FILENO, "micro_mincore_worker: %s\n", error.text);
    return 2;
  }
  argv[1] = argv[0];
  Measurement measurement = {.argc = argc - 1, .argv = argv + 1};
  RandomMixedResult result;
  const char* failure =
      RunRandomMixed(params, &result, {.visit = RunOnLiveBlocks, .context = &measurement});
  if (failure == nullptr) return measurement.exit_status;
  dprintf(STDERR_FILENO, "micro_mincore_worker: %s\n", failure);
  return 1;
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) { return hakmem::bench::RunWorker(argc, argv); }
