// The results as Markdown, for docs/benchmarks.md.
#ifndef BENCH_COMPARE_MARKDOWN_H_
#define BENCH_COMPARE_MARKDOWN_H_

#include <string>

#include "bench/compare/results.h"

namespace hakmem::bench {

// A line on the run, then two tables, of time and of memory: each row's ratios to its best, and the
// geometric means.
std::string FormatMarkdown(const Results& results);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_MARKDOWN_H_
