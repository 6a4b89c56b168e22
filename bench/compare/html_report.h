// The results as one HTML page that needs nothing else: no network, no scripts.
#ifndef BENCH_COMPARE_HTML_REPORT_H_
#define BENCH_COMPARE_HTML_REPORT_H_

#include <string>

#include "bench/compare/results.h"

namespace hakmem::bench {

// Well-formed XML as well as HTML: geometric means, ratios of each row, memory over time, and all
// tables.
std::string FormatHtml(const Results& results);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_HTML_REPORT_H_
