// The review's model with measured figures, and its guesses beside what they are here.
#ifndef BENCH_PHASE7_REPORT_H_
#define BENCH_PHASE7_REPORT_H_

#include <string>

#include "bench/phase7_results.h"

namespace hakmem::bench {

std::string FormatModel(const Phase7Results& results);
std::string FormatGuesses(const Phase7Results& results);

}  // namespace hakmem::bench

#endif  // BENCH_PHASE7_REPORT_H_
