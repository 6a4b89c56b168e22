#include "bench/phase7_go_no_go.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/harness/hit_rate.h"
#include "bench/harness/table.h"

namespace hakmem::bench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Of the throughput of one thread times the cores; what still counts as linear.
constexpr double kLinear = 0.9;

// The least, or the greatest, of `value` over the workloads.
double Extreme(const Phase7Results& results, bool least,
               const std::function<double(size_t workload)>& value) {
  double extreme = kNaN;
  for (size_t i = 0; i < results.workloads.size(); ++i) {
    const double here = value(i);
    if (std::isnan(here)) return kNaN;
    if (std::isnan(extreme) || (least ? here < extreme : here > extreme)) extreme = here;
  }
  return extreme;
}

// The least throughput of `of` over that of `peer`, at either number of threads.
double LeastSpeed(const Phase7Results& results, const Phase7Allocator& of,
                  const Phase7Allocator& peer) {
  if (peer.runs.empty()) return kNaN;
  return Extreme(results, true, [&](size_t i) {
    return std::min(of.runs[i].one_thread_speed / peer.runs[i].one_thread_speed,
                    of.runs[i].all_cores_speed / peer.runs[i].all_cores_speed);
  });
}

double GreatestRss(const Phase7Results& results, const Phase7Allocator& of) {
  return Extreme(results, false, [&](size_t i) {
    return std::max(of.runs[i].one_thread_rss / results.system.runs[i].one_thread_rss,
                    of.runs[i].all_cores_rss / results.system.runs[i].all_cores_rss);
  });
}

double LeastStep1Percent(const Phase7Results& results, const Phase7Allocator& of) {
  return Extreme(results, true, [&](size_t i) {
    const HitRate rate = ComputeHitRate(of.counted[i]);
    return rate.frees > 0 ? 100 * rate.step1 / rate.frees : kNaN;
  });
}

double LeastScaling(const Phase7Results& results, const Phase7Allocator& of) {
  return Extreme(results, true, [&](size_t i) {
    return of.runs[i].all_cores_speed / of.runs[i].one_thread_speed;
  });
}

}  // namespace

std::string FormatRuns(const Phase7Results& results) {
  std::vector<const Phase7Allocator*> allocators;
  for (const Phase7Allocator& variant : results.variants) allocators.push_back(&variant);
  allocators.push_back(&results.system);
  if (!results.mimalloc.runs.empty()) allocators.push_back(&results.mimalloc);
  std::vector<Table::Column> columns = {{"M ops/s, peak MiB", Table::Align::kLeft}, {"threads"}};
  for (const Phase7Allocator* allocator : allocators) {
    columns.push_back({allocator->title});
    columns.push_back({"MiB"});
  }
  Table table(std::move(columns));
  for (size_t i = 0; i < results.workloads.size(); ++i) {
    std::vector<std::string> one = {results.workloads[i], "1"};
    std::vector<std::string> all = {results.workloads[i], absl::StrCat(results.cores)};
    for (const Phase7Allocator* allocator : allocators) {
      const Phase7Run& run = allocator->runs[i];
      one.push_back(FormatFigure(run.one_thread_speed, 1));
      one.push_back(FormatFigure(run.one_thread_rss, 1));
      all.push_back(FormatFigure(run.all_cores_speed, 1));
      all.push_back(FormatFigure(run.all_cores_rss, 1));
    }
    table.AddRow(std::move(one));
    table.AddRow(std::move(all));
  }
  return absl::StrCat("Throughput and peak RSS, medians\n\n", table.ToString());
}

std::string FormatGoNoGo(const Phase7Results& results) {
  std::vector<Table::Column> columns = {{"go if", Table::Align::kLeft}, {"bound"}};
  for (const Phase7Allocator& variant : results.variants) {
    columns.push_back({variant.title});
    columns.push_back({"", Table::Align::kLeft});
  }
  Table table(std::move(columns));
  using Value = std::function<double(const Phase7Allocator&)>;
  const auto add = [&](const Criterion& criterion, int decimals, const Value& value) {
    std::vector<std::string> cells = {
        criterion.what,
        absl::StrFormat("%s %.*f", criterion.at_least ? ">=" : "<=", decimals, criterion.bound)};
    for (const Phase7Allocator& variant : results.variants) {
      const double measured = value(variant);
      cells.push_back(FormatFigure(measured, decimals));
      cells.push_back(std::isnan(measured)         ? "unknown"
                      : IsMet(criterion, measured) ? "met"
                                                   : "NOT MET");
    }
    table.AddRow(std::move(cells));
  };
  for (const double bound : {1.0, 1.2, 1.5}) {
    add({"throughput, times the system's", true, bound}, 2,
        [&](const Phase7Allocator& of) { return LeastSpeed(results, of, results.system); });
  }
  for (const double bound : {0.9, 1.0}) {
    add({"throughput, times mimalloc's", true, bound}, 2,
        [&](const Phase7Allocator& of) { return LeastSpeed(results, of, results.mimalloc); });
  }
  add({"peak RSS, times the system's", false, 1.05}, 2,
      [&](const Phase7Allocator& of) { return GreatestRss(results, of); });
  for (const double bound : {5.0, 2.0}) {
    add({"metadata, % of the heap", false, bound}, 2, [&](const Phase7Allocator& of) {
      return Extreme(results, false, [&](size_t i) { return 100 * of.runs[i].overhead; });
    });
  }
  for (const double bound : {85.0, 95.0}) {
    add({"frees at step 1, %", true, bound}, 2,
        [&](const Phase7Allocator& of) { return LeastStep1Percent(results, of); });
  }
  if (results.cores > 1) {
    add({absl::StrCat("scaling from 1 to ", results.cores, " threads"), true,
         kLinear * results.cores},
        2, [&](const Phase7Allocator& of) { return LeastScaling(results, of); });
  }
  return absl::StrCat(
      "Go or no-go: the worst of all workloads, at one thread and at one for each core\n\n",
      table.ToString(),
      "The system's own scaling: ", FormatFigure(LeastScaling(results, results.system), 2), ".",
      results.mimalloc.runs.empty() ? " mimalloc is not installed." : "",
      "\nMetadata: all that is readable, more than is resident.\n"
      "No crash in ten minutes of stress: bazel run //testing:stress -- --minutes=10\n");
}

}  // namespace hakmem::bench
