// The review's go/no-go table, and the throughput and memory that it judges.
#ifndef BENCH_PHASE7_GO_NO_GO_H_
#define BENCH_PHASE7_GO_NO_GO_H_

#include <string>

#include "bench/phase7_results.h"

namespace hakmem::bench {

std::string FormatRuns(const Phase7Results& results);
std::string FormatGoNoGo(const Phase7Results& results);

}  // namespace hakmem::bench

#endif  // BENCH_PHASE7_GO_NO_GO_H_
