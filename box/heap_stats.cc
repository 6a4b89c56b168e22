#include "box/heap_stats.h"

#include <algorithm>

#include "core/config.h"
#include "core/lock.h"
#include "core/platform.h"
#include "core/step_counters.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

// What CollectHeapStats looks at while others wait: a few microseconds' worth.
constexpr size_t kUnitsAtOnce = 4096;
constexpr size_t kTextBytes = 16 * 1024;

void WriteStepTable(TextWriter& out) {
  const StepCounters& steps = process.steps;
  for (size_t i = 0; i < static_cast<size_t>(Step::kCount); ++i) {
    const uint64_t count = steps.Get(static_cast<Step>(i));
    const bool is_malloc = i < static_cast<size_t>(Step::kFreeCache);
    out.Aligned(kStepNames[i], 16).Aligned(count, 16);
    out.Percent(count, is_malloc ? steps.Mallocs() : steps.Frees(), 9);
    out << (is_malloc ? " of mallocs\n" : " of frees\n");
  }
  const uint64_t calls = steps.Mallocs() + steps.Frees();
  out.Aligned("hits", 16).Aligned(steps.Hits(), 16).Percent(steps.Hits(), calls, 9);
  out << " of " << calls << " mallocs and frees: hit rate\n";
}

void WriteStepsJson(TextWriter& out) {
  out << ", \"steps\": {\"mallocs\": " << process.steps.Mallocs()
      << ", \"frees\": " << process.steps.Frees() << ", \"hits\": " << process.steps.Hits();
  for (size_t i = 0; i < static_cast<size_t>(Step::kCount); ++i) {
    out << ", \"" << kStepNames[i] << "\": " << process.steps.Get(static_cast<Step>(i));
  }
  out << "}";
}

void WriteTable(const HeapStats& stats, TextWriter& out) {
  const SuperslabHeap::Totals& totals = stats.totals;
  out << "hakmem " << Version() << "\n";
  out << "  heap      " << totals.superslabs * kSuperslabBytes / 1024 << " KiB of addresses, used "
      << totals.used_units * kUnitBytes / 1024 << " KiB (peak "
      << totals.peak_used_units * kUnitBytes / 1024 << "), free but resident "
      << totals.dirty_units * kUnitBytes / 1024 << ", given back since start "
      << totals.purged_units * kUnitBytes / 1024 << ", of slabs in use "
      << stats.purged_pages * kPageBytes / 1024 << "\n";
  out << "  metadata  " << totals.metadata_bytes / 1024 << " KiB of addresses, heaps of threads "
      << stats.heaps << "\n";
  out << "  runs      " << stats.runs << " with " << stats.run_bytes / 1024
      << " KiB, and kept by heaps " << stats.kept_run_bytes / 1024 << " KiB\n";
  out << "   block     slabs    blocks out         bytes\n";
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    const HeapStats::PerClass& per_class = stats.classes[c];
    if (per_class.slabs == 0) continue;
    out.Aligned(kGeometry[c].stride, 8).Aligned(per_class.slabs, 10);
    out.Aligned(per_class.blocks_out, 14);
    out.Aligned(per_class.blocks_out * kGeometry[c].stride, 14) << "\n";
  }
  if (config::kStats) WriteStepTable(out);
}

}  // namespace

size_t HeapStats::SlabBlockBytes() const {
  size_t bytes = 0;
  for (SizeClass c = 1; c < kNumClasses; ++c) bytes += classes[c].blocks_out * kGeometry[c].stride;
  return bytes;
}

size_t HeapStats::SlabBytes() const {
  size_t slabs = 0;
  for (const PerClass& per_class : classes) slabs += per_class.slabs;
  return slabs * kSlabBytes;
}

HeapStats CollectHeapStats() {
  HeapStats stats;
  if (!process.initialized()) return stats;
  stats.totals = process.superslabs.GetTotals();
  stats.purged_pages = process.pool.purged_pages();
  stats.heaps = process.heaps.heaps();
  const RegionMap& map = process.superslabs.map();
  const AddressSpace& space = process.superslabs.space();
  for (size_t u = 0; u < map.units();) {
    // While no unit changes hands: what is a slab's record may be runs' at another time.
    const MutexLock lock(&process.superslabs.mutex());
    for (const size_t end = std::min(map.units(), u + kUnitsAtOnce); u < end; ++u) {
      const uint8_t what = map.Get(u);
      if (what == RegionMap::kRun) {
        const size_t bytes = space.run(u)->bytes();
        stats.runs += bytes > 0;
        stats.run_bytes += bytes;
        if (bytes == 0) stats.kept_run_bytes += space.run(u)->units() * kUnitBytes;
      } else if (what != kNoClass && u % kUnitsPerSlab == 0) {
        ++stats.classes[what].slabs;
        stats.classes[what].blocks_out += space.slab(u)->used();
      }
    }
  }
  return stats;
}

void WriteJson(const HeapStats& stats, TextWriter& out) {
  const SuperslabHeap::Totals& totals = stats.totals;
  out << "{\"version\": \"" << Version() << "\"";
  out << ", \"mapped_bytes\": " << totals.superslabs * kSuperslabBytes;
  out << ", \"used_bytes\": " << totals.used_units * kUnitBytes;
  out << ", \"peak_used_bytes\": " << totals.peak_used_units * kUnitBytes;
  out << ", \"dirty_bytes\": " << totals.dirty_units * kUnitBytes;
  out << ", \"kept_run_bytes\": " << stats.kept_run_bytes;
  out << ", \"purged_bytes\": " << totals.purged_units * kUnitBytes;
  out << ", \"purged_slab_bytes\": " << stats.purged_pages * kPageBytes;
  out << ", \"metadata_bytes\": " << totals.metadata_bytes;
  out << ", \"live_bytes\": " << stats.SlabBlockBytes() + stats.run_bytes;
  out << ", \"heaps\": " << stats.heaps;
  out << ", \"runs\": {\"count\": " << stats.runs << ", \"bytes\": " << stats.run_bytes << "}";
  out << ", \"classes\": [";
  const char* separator = "";
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    const HeapStats::PerClass& per_class = stats.classes[c];
    if (per_class.slabs == 0) continue;
    out << separator << "{\"block_bytes\": " << uint64_t{kGeometry[c].stride}
        << ", \"slabs\": " << per_class.slabs << ", \"blocks_out\": " << per_class.blocks_out
        << "}";
    separator = ", ";
  }
  out << "]";
  if (config::kStats) WriteStepsJson(out);
  out << "}";
}

void WriteXml(const HeapStats& stats, TextWriter& out) {
  const size_t slab_bytes = stats.SlabBytes();
  const size_t block_bytes = stats.SlabBlockBytes();
  out << "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n";
  for (SizeClass c = 1; c < kNumClasses; ++c) {
    const HeapStats::PerClass& per_class = stats.classes[c];
    if (per_class.slabs == 0) continue;
    const uint64_t stride = kGeometry[c].stride;
    const uint64_t free =
        per_class.slabs * uint64_t{kGeometry[c].blocks_per_slab} - per_class.blocks_out;
    out << "<size from=\"" << stride << "\" to=\"" << stride << "\" total=\"" << free * stride
        << "\" count=\"" << free << "\"/>\n";
  }
  out << "</sizes>\n<total type=\"fast\" count=\"0\" size=\"0\"/>\n<total type=\"rest\" count=\"0\""
      << " size=\"" << slab_bytes - block_bytes << "\"/>\n";
  const auto system = [&](uint64_t current, uint64_t peak) {
    out << "<system type=\"current\" size=\"" << current << "\"/>\n<system type=\"max\" size=\""
        << peak << "\"/>\n";
    out << "<aspace type=\"total\" size=\"" << current << "\"/>\n<aspace type=\"mprotect\" size=\""
        << current << "\"/>\n";
  };
  const uint64_t mapped = stats.totals.superslabs * kSuperslabBytes;
  system(mapped, mapped);
  out << "</heap>\n<total type=\"fast\" count=\"0\" size=\"0\"/>\n<total type=\"rest\" count=\"0\""
      << " size=\"" << slab_bytes - block_bytes << "\"/>\n<total type=\"mmap\" count=\""
      << stats.runs << "\" size=\"" << stats.run_bytes << "\"/>\n";
  system(mapped, mapped);
  out << "</malloc>\n";
}

HeapText::HeapText()
    : memory_(static_cast<char*>(platform::Map(kTextBytes))),
      out_(memory_, memory_ == nullptr ? 0 : kTextBytes) {}

HeapText::~HeapText() {
  if (memory_ != nullptr) platform::Unmap(memory_, kTextBytes);
}

void PrintHeapStats(int fd) {
  HeapText text;
  WriteTable(CollectHeapStats(), text.out());
  platform::Write(fd, text.out().text().data(), text.out().text().size());
}

#define HAKMEM_VERSION "0.1.0"

const char* Version() {
  if (!config::kHeader) {
    return config::kPow2 ? HAKMEM_VERSION " (map, pow2)" : HAKMEM_VERSION " (map, fine)";
  }
  switch (config::kHeaderGuard) {
    case config::HeaderGuard::kHybrid:
      return config::kPow2 ? HAKMEM_VERSION " (header, pow2, hybrid)"
                           : HAKMEM_VERSION " (header, fine, hybrid)";
    case config::HeaderGuard::kMincore:
      return config::kPow2 ? HAKMEM_VERSION " (header, pow2, mincore)"
                           : HAKMEM_VERSION " (header, fine, mincore)";
    case config::HeaderGuard::kRange:
      break;
  }
  return config::kPow2 ? HAKMEM_VERSION " (header, pow2)" : HAKMEM_VERSION " (header, fine)";
}

}  // namespace hakmem
