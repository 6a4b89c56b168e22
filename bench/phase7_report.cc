#include "bench/phase7_report.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/harness/micro_report.h"
#include "bench/harness/table.h"

namespace hakmem::bench {
namespace {

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
      cells.push_back(FormatFigure(100 * of_variant[i].share, 3));
      cells.push_back(FormatFigure(of_variant[i].cycles, 1));
    }
    table.AddRow(std::move(cells));
  }
  // A row with a figure in each variant's column of cycles.
  const auto add = [&](const std::string& title, int decimals, auto value) {
    std::vector<std::string> cells = {title};
    for (size_t v = 0; v < results.variants.size(); ++v) {
      cells.insert(cells.end(), {"", FormatFigure(value(v), decimals)});
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
      cells.push_back(FormatFigure(value(variant), decimals));
    }
    if (with_system) cells.push_back(FormatFigure(value(results.system), decimals));
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
  add_cycles("cycles of malloc_usable_size: the lookup", "", "usable_size");
  add_cycles("cycles of mid: free 4096", "250", "free/4096");
  add_cycles("cycles of L25: pair of 64 KiB", "250", "l25");
  add_cycles("cycles of a pair of 1024", "", "pair/1024");
  add_cycles("cycles of a pair of 4096 (mid)", "", "pair/4096");
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
                  FormatFigure(MicroCounter(results.mincore, "cycles", way) -
                                   MicroCounter(results.mincore, "cycles", "empty"),
                               2),
                  FormatFigure(MicroCounter(results.mincore, "asked", way), 2)});
  };
  add_guard("mincore on every free", "634", "mincore");
  add_guard("hybrid, all pointers", "1-2", "hybrid1");
  add_guard("hybrid, those at a page's start", "634", "boundary");
  add_guard("range check (hakmem's default)", "", "range");
  return absl::StrCat("The review's guesses\n\n", table.ToString(), "\n", guard.ToString());
}

}  // namespace hakmem::bench
