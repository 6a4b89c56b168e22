// The report on a trace, for people.
#ifndef HAKMEM_TOOLS_TRACE_REPORT_H_
#define HAKMEM_TOOLS_TRACE_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/trace/analysis.h"
#include "tools/trace/trace_file.h"

namespace hakmem::trace {

// Columns of the chart: what Analyze() is to be asked for.
inline constexpr size_t kChartColumns = 72;

// Events and threads, live bytes over time, the peak, a table over size classes with lifetimes and
// what was live at the end.
std::string FormatReport(const Trace& trace, const Analysis& analysis);

// A chart of `rows` lines, each column as high as its value, the highest value at the top left.
std::string FormatChart(const std::vector<uint64_t>& values, size_t rows);

// A time in nanoseconds with a fitting unit: "999 ns", "1.5 us", "20 s".
std::string FormatTime(uint64_t nanoseconds);
// Likewise "1023 B", "1.5 KiB".
std::string FormatBytes(uint64_t bytes);

}  // namespace hakmem::trace

#endif  // HAKMEM_TOOLS_TRACE_REPORT_H_
