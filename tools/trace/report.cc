#include "tools/trace/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/harness/table.h"

namespace hakmem::trace {
namespace {

constexpr size_t kChartRows = 10;

// `value` in the largest of `units`, each `step` times the one before, that leaves at least 1.
std::string FormatScaled(uint64_t value, double step, const std::vector<std::string>& units) {
  double scaled = static_cast<double>(value);
  size_t unit = 0;
  while (scaled >= step && unit + 1 < units.size()) {
    scaled /= step;
    ++unit;
  }
  if (unit == 0) return absl::StrCat(value, " ", units[0]);
  return absl::StrFormat(scaled < 10    ? "%.2f %s"
                         : scaled < 100 ? "%.1f %s"
                                        : "%.0f %s",
                         scaled, units[unit]);
}

std::string Plural(uint64_t count, const char* noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

// The largest request of a row.
std::string RowName(size_t row) {
  if (row == kL25Row) return "1 MiB";
  if (row == kHugeRow) return "more";
  return absl::StrCat(UsableBytes(static_cast<SizeClass>(row)));
}

// The value below which `percent` of the sorted `values` lie; "-" for none.
std::string Percentile(const std::vector<uint64_t>& values, size_t percent) {
  if (values.empty()) return "-";
  return FormatTime(values[std::min(values.size() - 1, values.size() * percent / 100)]);
}

std::string FormatCalls(const Analysis& analysis) {
  std::string text;
  for (size_t call = 1; call < kNumCalls; ++call) {
    if (analysis.calls[call] == 0) continue;
    absl::StrAppend(&text, text.empty() ? "" : ", ", kCallNames[call], " ", analysis.calls[call]);
  }
  return text;
}

std::string FormatClasses(const Analysis& analysis) {
  bench::Table table({{"size to"},
                      {"blocks"},
                      {"requested"},
                      {"median life"},
                      {"90%"},
                      {"99%"},
                      {"peak"},
                      {"live at end"},
                      {"bytes"}});
  for (size_t i = 0; i < kNumRows; ++i) {
    const RowStats& row = analysis.rows[i];
    if (row.blocks == 0) continue;
    table.AddRow({RowName(i), absl::StrCat(row.blocks), FormatBytes(row.bytes),
                  Percentile(row.lifetimes, 50), Percentile(row.lifetimes, 90),
                  Percentile(row.lifetimes, 99), FormatBytes(row.peak_block_bytes),
                  absl::StrCat(row.live_blocks), FormatBytes(row.live_bytes)});
  }
  return table.ToString();
}

// What memory the size classes need at least.
std::string FormatClassPeaks(const Analysis& analysis) {
  uint64_t sum = 0;
  for (const RowStats& row : analysis.rows) sum += row.peak_block_bytes;
  return absl::StrCat(
      "In blocks of the size classes, or whole pages, at most ",
      FormatBytes(analysis.peak_block_bytes),
      ". Each class has its peak at another time;\ntogether these are ", FormatBytes(sum),
      ": what is needed where memory stays with a class, if nothing else is lost.\n");
}

// What does not fit: a line for each.
std::string FormatOddities(const Analysis& analysis) {
  std::string text;
  if (analysis.failed > 0) {
    absl::StrAppend(&text, "Not served: ", Plural(analysis.failed, "request"), ".\n");
  }
  if (analysis.unknown > 0) {
    absl::StrAppend(&text, "Older than the trace: the block of ", analysis.unknown,
                    " frees and reallocs.\n");
  }
  if (analysis.overlaps > 0) {
    absl::StrAppend(&text, "A fault of the trace: ", analysis.overlaps,
                    " blocks were handed out while they were live.\n");
  }
  return text;
}

}  // namespace

std::string FormatTime(uint64_t nanoseconds) {
  return FormatScaled(nanoseconds, 1000, {"ns", "us", "ms", "s"});
}

std::string FormatBytes(uint64_t bytes) {
  return FormatScaled(bytes, 1024, {"B", "KiB", "MiB", "GiB", "TiB"});
}

std::string FormatChart(const std::vector<uint64_t>& values, size_t rows) {
  const uint64_t most =
      values.empty() ? 0 : std::max<uint64_t>(1, *std::max_element(values.begin(), values.end()));
  std::string text;
  for (size_t row = rows; row > 0; --row) {
    std::string line = absl::StrFormat("%10s |", row == rows ? FormatBytes(most) : "");
    for (const uint64_t value : values) {
      // A column reaches a row when it fills at least half of it.
      const double height =
          static_cast<double>(value) / static_cast<double>(most) * static_cast<double>(rows);
      line += height >= static_cast<double>(row) - 0.5 ? '#' : ' ';
    }
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&text, line, "\n");
  }
  absl::StrAppend(&text, absl::StrFormat("%10s +", "0"), std::string(values.size(), '-'), "\n");
  return text;
}

std::string FormatReport(const Trace& trace, const Analysis& analysis) {
  std::string text =
      absl::StrCat("Trace of ", trace.program, ", process ", trace.process, ": ",
                   Plural(analysis.events, "event"), " of ", Plural(analysis.threads, "thread"),
                   " in ", FormatTime(analysis.duration), ".\n");
  if (analysis.events == 0) return text;
  absl::StrAppend(&text, "Calls: ", FormatCalls(analysis), ".\n", FormatOddities(analysis));
  absl::StrAppend(&text, "\nLive bytes, as requested, over time (the most of each interval):\n\n",
                  FormatChart(analysis.live_bytes, kChartRows), "\n");
  absl::StrAppend(&text, "Peak: ", FormatBytes(analysis.peak.bytes), " in ",
                  Plural(analysis.peak.blocks, "block"), ", ", FormatTime(analysis.peak.time),
                  " after the first event.\n", FormatClassPeaks(analysis));
  absl::StrAppend(&text, "Live at the end: ", FormatBytes(analysis.end.bytes), " in ",
                  Plural(analysis.end.blocks, "block"), ".\n\n");
  absl::StrAppend(&text, "By size class; a realloc ends one block and begins another.\n\n",
                  FormatClasses(analysis));
  return text;
}

}  // namespace hakmem::trace
