// Runs what //bench:phase7 needs: each trial in a process of its own, interleaved.
#ifndef BENCH_PHASE7_MEASURE_H_
#define BENCH_PHASE7_MEASURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "bench/phase7_plan.h"
#include "bench/phase7_results.h"

namespace hakmem::bench {

// Measures everything. `program` is the runner's own path, argv[0]. Progress goes to stderr. An
// error says what failed first; the rest has been run all the same.
absl::StatusOr<Phase7Results> MeasurePhase7(const std::string& program,
                                            const Phase7Options& options);

}  // namespace hakmem::bench

#endif  // BENCH_PHASE7_MEASURE_H_
