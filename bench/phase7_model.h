// The model by which the Phase 7 review foretold speed: what a malloc and its free cost is the sum,
// over the steps of the dispatch (box/dispatch.h), of a step's share of the calls times its cycles.
// The review guessed both; here they are measured. Pure functions.
#ifndef BENCH_PHASE7_MODEL_H_
#define BENCH_PHASE7_MODEL_H_

#include <cstddef>
#include <string>
#include <vector>

#include "bench/harness/metrics.h"

namespace hakmem::bench {

// The sizes of a workload, told by two of micro_fastpath: requests to 1024 bytes as `tiny`, larger
// ones as `mid`.
struct SizeMix {
  size_t tiny;           // bytes
  size_t mid = 4096;     // bytes
  double mid_share = 0;  // of the requests
  double mean;           // bytes
};

struct ModelStep {
  std::string name;
  double share;   // of the mallocs, or of the frees
  double cycles;  // of one; NaN when it was not measured
};

// Sum of share * cycles. Steps that serve nothing need no cycles.
double WeightedCycles(const std::vector<ModelStep>& steps);

// The cycles of a rare event, of which a stream of calls has `share` for each call: `average` is
// what a call of the stream costs, `usual` what one costs without the event. 0 without events.
double RareEventCycles(double average, double usual, double share);

// The steps of hakmem. `micro` has the cycles of one variant (micro_fastpath_worker), `counted` the
// exact counters of its stats=1 variant in the workload, `stream` those in micro_fastpath's stream
// of 20000 mallocs, then frees. The shares of the mallocs add up to 1, and those of the frees; a
// refill and a flush come on top of hits, with shares of their own. What they move is bounded in
// bytes, so with blocks of twice the size they cost half.
std::vector<ModelStep> HakmemSteps(const Metrics& micro, const Metrics& counted,
                                   const Metrics& stream, const SizeMix& mix);

// What a malloc and a free of `mix` cost an allocator that is not taken apart.
double PairCycles(const Metrics& micro, const SizeMix& mix);

// A promise of the review.
struct Criterion {
  std::string what;
  bool at_least;  // else at most
  double bound;
};

// Whether `value` keeps the promise; a NaN does not.
bool IsMet(const Criterion& criterion, double value);

}  // namespace hakmem::bench

#endif  // BENCH_PHASE7_MODEL_H_
