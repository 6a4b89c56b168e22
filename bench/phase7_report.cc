#include "bench/phase7_report.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/harness/hit_rate.h"
#include "bench/harness/micro_report.h"
#include "bench/harness/table.h"

namespace hakmem::bench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Of the throughput of one thread times the cores; what still counts as linear.
constexpr double kLinear = 0.9;

std::string Number(double value, int decimals) {
  return std::isnan(value) ? "-" : absl::StrFormat("%.*f", decimals, value);
}

std::vector<ModelStep> StepsOf(const Phase7Results& results, const Phase7Allocator& variant,
                               size_t workload) {
  return HakmemSteps(variant.micro, variant.counted[workload], variant.stream,
                     results.mixes[workload]);
}

// How often as fast as the system the model makes `variant`.
double Predicted(const Phase7Results& results, const Phase7Allocator& variant, size_t workload) {
  return PairCycles(results.system.micro, results.mixes[workload]) /
         WeightedCycles(StepsOf(results, variant, workload));
}

std::string FormatModelOf(const Phase7Results& results, size_t workload) {
  std::vector<Table::Column> columns = {{results.workloads[workload], Table::Align::kLeft}};
  std::vector<std::vector<ModelStep>> steps;
  for (const Phase7Allocator& variant : results.variants) {
    columns.push_back({variant.title + " %"});
    columns.push_back({"cycles"});
    steps.push_back(StepsOf(results, variant, workload));
  }
  Table table(std::move(columns));
  for (size_t i = 0; i < steps.front().size(); ++i) {
    std::vector<std::string> cells = {steps.front()[i].name};
    for (const std::vector<ModelStep>& of_variant : steps) {
      cells.push_back(Number(100 * of_variant[i].share, 3));
      cells.push_back(Number(of_variant[i].cycles, 1));
    }
    table.AddRow(std::move(cells));
  }
  // A row with a figure in each variant's column of cycles.
  const auto add = [&](const std::string& title, int decimals, auto value) {
    std::vector<std::string> cells = {title};
    for (size_t v = 0; v < results.variants.size(); ++v) {
      cells.insert(cells.end(), {"", Number(value(v), decimals)});
    }
    table.AddRow(std::move(cells));
  };
  add("weighted: a malloc and a free", 1, [&](size_t v) { return WeightedCycles(steps[v]); });
  add("the system's", 1,
      [&](size_t) { return PairCycles(results.system.micro, results.mixes[workload]); });
  add("predicted: times the system", 2,
      [&](size_t v) { return Predicted(results, results.variants[v], workload); });
  add("measured: times the system", 2, [&](size_t v) {
    return results.variants[v].runs[workload].one_thread_speed /
           results.system.runs[workload].one_thread_speed;
  });
  return table.ToString();
}

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

std::string FormatModel(const Phase7Results& results) {
  std::string text = "The model: share of the calls, in percent, and cycles, by step\n";
  for (size_t i = 0; i < results.workloads.size(); ++i) {
    absl::StrAppend(&text, "\n", FormatModelOf(results, i));
  }
  return absl::StrCat(
      text,
      "Shares of one run at one thread with exact counters. Cycles: micro_fastpath's, of the "
      "sizes\n"
      "that stand for the workload's. A refill and a flush: what the stream of 20000 blocks costs "
      "above\n"
      "hits, for each. The model knows no cache misses of the program.\n");
}

std::string FormatGuesses(const Phase7Results& results) {
  std::vector<Table::Column> columns = {{"guess", Table::Align::kLeft}, {"review's"}};
  for (const Phase7Allocator& variant : results.variants) columns.push_back({variant.title});
  columns.push_back({"system"});
  Table table(std::move(columns));
  const auto add = [&](const char* what, const char* guess, int decimals, auto value,
                       bool with_system) {
    std::vector<std::string> cells = {what, guess};
    for (const Phase7Allocator& variant : results.variants) {
      cells.push_back(Number(value(variant), decimals));
    }
    if (with_system) cells.push_back(Number(value(results.system), decimals));
    table.AddRow(std::move(cells));
  };
  const auto add_cycles = [&](const char* what, const char* guess, const char* operation) {
    add(
        what, guess, 1,
        [operation](const Phase7Allocator& of) {
          return MicroCounter(of.micro, "cycles", operation);
        },
        true);
  };
  add_cycles("cycles of malloc 64, call included", "6-12", "malloc/64");
  add_cycles("cycles of free 64, call included", "6-12", "free/64");
  add_cycles("cycles of free 64 aligned to 64 (step 2)", "", "aligned_free");
  add_cycles("cycles of a superslab lookup alone", "", "usable_size");
  add_cycles("cycles of mid: free 4096", "250", "free/4096");
  add_cycles("cycles of L25: pair of 64 KiB", "250", "l25");
  add_cycles("cycles of a pair of 1024", "", "pair/1024");
  add_cycles("cycles of a pair of 4096 (mid)", "", "pair/4096");
  add(
      "least % of frees at step 1", "80-90", 1,
      [&](const Phase7Allocator& of) { return LeastStep1Percent(results, of); }, false);
  add(
      "model on 16-4096, times the system", "0.59", 2,
      [&](const Phase7Allocator& of) {
        return Predicted(results, of, results.workloads.size() - 1);
      },
      false);

  Table guard({{"header guard, cycles above the loop", Table::Align::kLeft},
               {"review's"},
               {"measured"},
               {"asks the kernel %"}});
  const auto add_guard = [&](const char* what, const char* guess, const char* way) {
    guard.AddRow({what, guess,
                  Number(MicroCounter(results.mincore, "cycles", way) -
                             MicroCounter(results.mincore, "cycles", "empty"),
                         2),
                  Number(MicroCounter(results.mincore, "asked", way), 2)});
  };
  add_guard("mincore on every free", "634", "mincore");
  add_guard("hybrid, all pointers", "1-2", "hybrid1");
  add_guard("hybrid, those at a page's start", "634", "boundary");
  add_guard("range check (hakmem's default)", "", "range");
  return absl::StrCat("The review's guesses\n\n", table.ToString(), "\n", guard.ToString());
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
      cells.push_back(Number(measured, decimals));
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
      "The system's own scaling: ", Number(LeastScaling(results, results.system), 2), ".",
      results.mimalloc.runs.empty() ? " mimalloc is not installed." : "",
      "\nMetadata: all that is readable, more than is resident.\n"
      "No crash in ten minutes of stress: bazel run //testing:stress -- --minutes=10\n");
}

}  // namespace hakmem::bench
