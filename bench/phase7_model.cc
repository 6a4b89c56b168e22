#include "bench/phase7_model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "bench/harness/hit_rate.h"
#include "bench/harness/micro_report.h"
#include "bench/micro_fastpath_operations.h"

namespace hakmem::bench {
namespace {

double Cycles(const Metrics& micro, const std::string& operation) {
  return MicroCounter(micro, "cycles", operation);
}

double CyclesOf(const Metrics& micro, const char* operation, size_t size) {
  return Cycles(micro, absl::StrCat(operation, "/", size));
}

// The mean of the cycles at both sizes, of which `mid_share` are mid.
double MixedCycles(const Metrics& micro, const char* operation, const SizeMix& mix) {
  const double tiny = CyclesOf(micro, operation, mix.tiny);
  if (mix.mid_share == 0) return tiny;
  return (1 - mix.mid_share) * tiny + mix.mid_share * CyclesOf(micro, operation, mix.mid);
}

double Share(double part, double whole) { return whole > 0 ? part / whole : 0; }

}  // namespace

double WeightedCycles(const std::vector<ModelStep>& steps) {
  double sum = 0;
  for (const ModelStep& step : steps) {
    if (step.share != 0) sum += step.share * step.cycles;
  }
  return sum;
}

double RareEventCycles(double average, double usual, double share) {
  return share > 0 ? std::max(0.0, (average - usual) / share) : 0;
}

std::vector<ModelStep> HakmemSteps(const Metrics& micro, const Metrics& counted,
                                   const Metrics& stream, const SizeMix& mix) {
  const HitRate rate = ComputeHitRate(counted);
  const HitRate rare = ComputeHitRate(stream);
  const double blocks = kStreamSize / mix.mean;  // moved at a time, to those of the stream
  const double refill =
      blocks * RareEventCycles(Cycles(micro, "refill"), CyclesOf(micro, kMalloc, kStreamSize),
                               Share(rare.refills, rare.mallocs));
  const double flush =
      blocks * RareEventCycles(Cycles(micro, "flush"), CyclesOf(micro, kFree, kStreamSize),
                               Share(rare.flushes, rare.frees));
  const double runs = counted.Get("steps.malloc_run");
  const double by_mid = Share(counted.Get("steps.free_mid"), rate.frees);
  const double by_step1 = Share(rate.step1, rate.frees);
  const double by_run = Share(counted.Get("steps.free_run"), rate.frees);
  // Mid blocks that step 4 does not take are step 1's.
  SizeMix step1 = mix;
  step1.mid_share = std::clamp(Share(mix.mid_share - by_mid, by_step1), 0.0, 1.0);
  return {
      {"malloc: thread cache", Share(rate.mallocs - runs, rate.mallocs),
       MixedCycles(micro, kMalloc, mix)},
      {"  and a refill", Share(rate.refills, rate.mallocs), refill},
      {"malloc and free: run", Share(runs, rate.mallocs), Cycles(micro, "l25")},
      {"free, step 1: class at once", by_step1, MixedCycles(micro, kFree, step1)},
      {"  and a flush", Share(rate.flushes, rate.frees), flush},
      {"free, step 2: AllocHeader", Share(counted.Get("steps.free_header"), rate.frees),
       Cycles(micro, "aligned_free")},
      {"free, step 3: superslab lookup", Share(counted.Get("steps.free_slab"), rate.frees),
       Cycles(micro, "usable_size") + CyclesOf(micro, kFree, mix.tiny)},
      {"free, step 4: mid", by_mid, CyclesOf(micro, kFree, mix.mid)},
      {"free, steps 2 and 4: run, counted above", by_run, 0},
  };
}

double PairCycles(const Metrics& micro, const SizeMix& mix) {
  return MixedCycles(micro, kMalloc, mix) + MixedCycles(micro, kFree, mix);
}

bool IsMet(const Criterion& criterion, double value) {
  return criterion.at_least ? value >= criterion.bound : value <= criterion.bound;
}

}  // namespace hakmem::bench
