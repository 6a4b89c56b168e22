#include "bench/micro_fastpath_report.h"

#include "absl/strings/str_cat.h"
#include "bench/harness/micro_report.h"
#include "bench/micro_fastpath_operations.h"

namespace hakmem::bench {
namespace {

// An operation at every size, and what the same calls to empty functions are called.
struct HitOperation {
  const char* name;
  const char* empty;
};
constexpr HitOperation kHitOperations[] = {
    {kMalloc, kEmptyMalloc}, {kFree, kEmptyFree}, {kPair, kEmptyPair}, {kBatch, kEmptyBatch}};

// Of an operation: the iterations that Google Benchmark tries out take as long again.
constexpr double kExpectedFactor = 2.5;

std::string Named(const char* operation, size_t size) { return absl::StrCat(operation, "/", size); }

size_t CountOperations() {
  return std::size(kHitOperations) * (1 + std::size(kFastPathSizes)) + std::size(kSlowOperations);
}

std::vector<MicroRow> AllRows(const std::string& counter) {
  std::vector<MicroRow> rows;
  for (const HitOperation& operation : kHitOperations) {
    rows.push_back(
        CounterRow(absl::StrCat(operation.name, ", empty functions"), counter, operation.empty));
    for (const size_t size : kFastPathSizes) {
      rows.push_back(CounterRow(absl::StrCat(operation.name, " ", size), counter,
                                Named(operation.name, size)));
    }
  }
  for (const SlowOperation& operation : kSlowOperations) {
    rows.push_back(CounterRow(operation.title, counter, operation.name));
  }
  return rows;
}

std::vector<MicroRow> RowsAboveEmptyCalls() {
  std::vector<MicroRow> rows;
  for (const HitOperation& operation : kHitOperations) {
    for (const size_t size : kFastPathSizes) {
      rows.push_back({.title = absl::StrCat(operation.name, " ", size),
                      .value = [operation, size](const Metrics& metrics) {
                        return MicroCounter(metrics, "cycles", Named(operation.name, size)) -
                               MicroCounter(metrics, "cycles", operation.empty);
                      }});
    }
  }
  return rows;
}

// `text` after an empty line; nothing when it is empty.
std::string Paragraph(const std::string& text) {
  return text.empty() ? "" : absl::StrCat("\n", text);
}

}  // namespace

Workload FastPathWorkload(const std::string& filter, double seconds) {
  return {.title = "all operations",
          .arguments = {absl::StrCat("--benchmark_filter=", filter),
                        absl::StrCat("--benchmark_min_time=", seconds)},
          .expected_seconds = kExpectedFactor * seconds * static_cast<double>(CountOperations())};
}

std::vector<Workload> FastPathHitWorkloads() {
  constexpr double kSeconds = 0.01;
  std::vector<Workload> workloads;
  const auto add = [&workloads](const std::string& title, const std::string& filter) {
    workloads.push_back(FastPathWorkload(filter, kSeconds));
    workloads.back().title = title;
  };
  for (const HitOperation& operation : kHitOperations) {
    add(absl::StrCat(operation.name, ", all sizes"), absl::StrCat("^", operation.name, "/"));
  }
  for (const SlowOperation& operation : kSlowOperations) {
    add(operation.title, absl::StrCat("^", operation.name, "(/|$)"));
  }
  return workloads;
}

std::string FormatFastPath(const Comparison& comparison, const ResultGrid& grid) {
  const std::vector<Cell>& cells = grid.front();
  const auto table = [&](const char* title, const std::vector<MicroRow>& rows) {
    return FormatMicroTable({.title = title, .rows = rows}, comparison.allocators, cells);
  };
  return absl::StrCat(
      Paragraph(table("cycles", AllRows("cycles"))),
      Paragraph(table("above empty functions", RowsAboveEmptyCalls())),
      Paragraph(table("instructions", AllRows("instructions"))),
      Paragraph(FormatFailures(comparison.allocators, cells)), "\n", DescribeCycles(cells),
      "Medians over the rounds, for one call; pair and batch: for a malloc and a free together.\n"
      "malloc and free alone: bursts of up to 100 calls, 128 KiB. Pair: malloc, free, malloc, ...\n"
      "Batch: 100 mallocs, 100 frees. Above empty functions: less the same calls to functions of "
      "a\n"
      "shared library that do nothing. The target: a pair at most 8 above, malloc and free alone\n"
      "at most 5. An asterisk marks the least of a row.\n");
}

}  // namespace hakmem::bench
