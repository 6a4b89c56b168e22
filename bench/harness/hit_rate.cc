#include "bench/harness/hit_rate.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/harness/table.h"

namespace hakmem::bench {
namespace {

// "-" where there is nothing to have a share of.
std::string Percent(double part, double whole) {
  return whole > 0 ? absl::StrFormat("%.3f", 100 * part / whole) : "-";
}

}  // namespace

HitRate ComputeHitRate(const Metrics& metrics) {
  HitRate rate;
  const double malloc_cache = metrics.Get("steps.malloc_cache");
  rate.refills = metrics.Get("steps.malloc_refill");
  rate.mallocs = malloc_cache + metrics.Get("steps.malloc_run");
  rate.malloc_hits = malloc_cache - rate.refills;
  rate.step1 = metrics.Get("steps.free_cache");
  rate.flushes = metrics.Get("steps.free_flush");
  rate.free_hits = rate.step1 - rate.flushes;
  rate.refused = metrics.Get("steps.free_refused");
  rate.frees = rate.step1 + rate.refused + metrics.Get("steps.free_header") +
               metrics.Get("steps.free_slab") + metrics.Get("steps.free_mid") +
               metrics.Get("steps.free_run");
  return rate;
}

std::string FormatHitRates(const std::vector<Workload>& workloads,
                           const std::vector<absl::StatusOr<Metrics>>& counted) {
  Table table({{"hakmem (map)", Table::Align::kLeft},
               {"malloc hit %"},
               {"refill %"},
               {"free hit %"},
               {"flush %"},
               {"step 1 %"},
               {"steps 2-4 %"},
               {"refused"}});
  for (size_t i = 0; i < workloads.size(); ++i) {
    if (!counted[i].ok()) {
      table.AddRow({workloads[i].title, "failed: " + std::string(counted[i].status().message())});
      continue;
    }
    const HitRate rate = ComputeHitRate(*counted[i]);
    table.AddRow({workloads[i].title, Percent(rate.malloc_hits, rate.mallocs),
                  Percent(rate.refills, rate.mallocs), Percent(rate.free_hits, rate.frees),
                  Percent(rate.flushes, rate.frees), Percent(rate.step1, rate.frees),
                  Percent(rate.frees - rate.step1 - rate.refused, rate.frees),
                  absl::StrCat(rate.refused)});
  }
  return absl::StrCat(
      "Who served the calls, from one run with exact counters (stats=1), not timed\n",
      table.ToString(),
      "Hit: the thread's cache alone served the call. Refill: it was empty. Flush: it had to be\n"
      "looked at, and flushed when it was full. In percent of all mallocs, or frees, of the "
      "process,\n"
      "its start and end included. Steps are those of box/dispatch.h.\n");
}

}  // namespace hakmem::bench
