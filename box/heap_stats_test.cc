#include "box/heap_stats.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "box/api.h"
#include "box/dispatch.h"
#include "box/hakmem.h"
#include "core/config.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

std::string Text(void (*write)(const HeapStats&, TextWriter&)) {
  static char buffer[32 * 1024];
  TextWriter out(buffer, sizeof(buffer));
  write(CollectHeapStats(), out);
  EXPECT_LT(out.length(), sizeof(buffer));
  return std::string(out.text());
}

// The number after "name": in the JSON text.
uint64_t Field(const std::string& json, const std::string& name) {
  const size_t at = json.find("\"" + name + "\": ");
  EXPECT_NE(at, std::string::npos) << name;
  return at == std::string::npos ? 0 : std::stoull(json.substr(at + name.size() + 4));
}

// Every brace and bracket closes, outside of strings.
bool IsBalanced(const std::string& json) {
  std::string open;
  bool quoted = false;
  for (const char c : json) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '{' || c == '[') open += c == '{' ? '}' : ']';
    if (c == '}' || c == ']') {
      if (open.empty() || open.back() != c) return false;
      open.pop_back();
    }
  }
  return open.empty() && !quoted;
}

TEST(HeapStatsTest, AreExactAfterKnownAllocations) {
  Free(Allocate(1));
  Purge();
  const HeapStats before = CollectHeapStats();
  const SizeClass c = TinyClass(500);
  std::vector<void*> blocks;
  for (uint32_t i = 0; i < 2 * kGeometry[c].blocks_per_slab; ++i) blocks.push_back(Allocate(500));
  void* const run = Allocate(1'000'000);
  const HeapStats during = CollectHeapStats();
  EXPECT_EQ(during.classes[c].slabs, before.classes[c].slabs + 2);
  EXPECT_EQ(during.classes[c].blocks_out, before.classes[c].blocks_out + blocks.size());
  EXPECT_EQ(during.runs, before.runs + 1);
  EXPECT_EQ(during.run_bytes - before.run_bytes, RoundUp(1'000'001, kPageBytes));
  EXPECT_EQ(during.heaps, before.heaps);
  EXPECT_EQ(during.SlabBytes(), before.SlabBytes() + 2 * kSlabBytes);
  EXPECT_EQ(during.SlabBlockBytes(), before.SlabBlockBytes() + blocks.size() * kGeometry[c].stride);
  EXPECT_EQ(during.totals.used_units,
            before.totals.used_units + 2 * kUnitsPerSlab + DivideUp(1'000'001, kUnitBytes));
  for (void* p : blocks) Free(p);
  Free(run);
  Purge();
  const HeapStats after = CollectHeapStats();
  EXPECT_EQ(after.totals.used_units, before.totals.used_units);
  EXPECT_EQ(after.totals.dirty_units, 0u);
  EXPECT_EQ(after.runs, before.runs);
  EXPECT_EQ(after.classes[c].blocks_out, before.classes[c].blocks_out);
}

TEST(HeapStatsTest, SeeWhatHeapsKeep) {
  constexpr size_t kSize = 300'000;
  Free(Allocate(kSize));
  void* const p = Allocate(kSize);  // as one was asked for, it may be kept
  const HeapStats before = CollectHeapStats();
  Free(p);
  const HeapStats after = CollectHeapStats();
  EXPECT_EQ(after.kept_run_bytes - before.kept_run_bytes,
            DivideUp(kFirstBlock + kSize, kUnitBytes) * kUnitBytes);
  EXPECT_EQ(after.FreeBytes() - before.FreeBytes(), after.kept_run_bytes - before.kept_run_bytes);
  Purge();
  EXPECT_EQ(CollectHeapStats().FreeBytes(), 0u);
}

TEST(HeapStatsTest, APurgeByAnyThreadEmptiesTheTransferCache) {
  const SizeClass c = TinyClass(500);
  Free(Allocate(1));
  Purge();
  const uint64_t before = CollectHeapStats().classes[c].blocks_out;
  const Chain chain = thread_cache.heap->Take(c, 8);
  ASSERT_TRUE(process.transfers.Put(c, chain.head, chain.count));
  EXPECT_EQ(CollectHeapStats().classes[c].blocks_out, before + chain.count);
  std::thread([] { Purge(); }).join();
  EXPECT_TRUE(process.transfers.SeemsEmpty());
  thread_cache.heap->DrainPending();
  EXPECT_EQ(CollectHeapStats().classes[c].blocks_out, before);
}

TEST(HeapStatsTest, JsonSaysTheSame) {
  void* const run = Allocate(100'000);
  void* const block = Allocate(777);
  const HeapStats stats = CollectHeapStats();
  const std::string json = Text(WriteJson);
  EXPECT_TRUE(IsBalanced(json)) << json;
  EXPECT_EQ(json.front(), '{');
  EXPECT_NE(json.find(std::string("\"version\": \"") + Version() + "\""), std::string::npos);
  EXPECT_EQ(Field(json, "used_bytes"), stats.totals.used_units * kUnitBytes);
  EXPECT_EQ(Field(json, "mapped_bytes"), stats.totals.superslabs * kSuperslabBytes);
  EXPECT_EQ(Field(json, "live_bytes"), stats.SlabBlockBytes() + stats.run_bytes);
  EXPECT_EQ(Field(json, "heaps"), stats.heaps);
  EXPECT_NE(json.find("{\"count\": " + std::to_string(stats.runs)), std::string::npos);
  const uint64_t stride = kGeometry[TinyClass(777)].stride;
  EXPECT_NE(json.find("{\"block_bytes\": " + std::to_string(stride)), std::string::npos);
  EXPECT_EQ(json.find("\"steps\"") != std::string::npos, config::kStats);
  EXPECT_EQ(json.find(",}"), std::string::npos);
  EXPECT_EQ(json.find(", ]"), std::string::npos);
  Free(run);
  Free(block);
}

TEST(HeapStatsTest, XmlClosesEveryElement) {
  void* const block = Allocate(10);
  const std::string xml = Text(WriteXml);
  EXPECT_EQ(xml.rfind("<malloc version=\"1\">", 0), 0u);
  std::vector<std::string> open;
  for (size_t at = xml.find('<'); at != std::string::npos; at = xml.find('<', at + 1)) {
    const std::string tag = xml.substr(at + 1, xml.find('>', at) - at - 1);
    const std::string name = tag.substr(0, tag.find(' '));
    if (tag[0] == '/') {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ("/" + open.back(), tag);
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
  }
  EXPECT_TRUE(open.empty());
  for (const char* part :
       {"<heap nr=\"0\">", "<sizes>", "type=\"mmap\"", "<aspace type=\"total\""}) {
    EXPECT_NE(xml.find(part), std::string::npos) << part;
  }
  Free(block);
}

TEST(HeapStatsTest, TableGoesToItsDescriptor) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  PrintHeapStats(ends[1]);
  close(ends[1]);
  std::string table;
  char buffer[1024];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    table.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  EXPECT_EQ(table.rfind(std::string("hakmem ") + Version(), 0), 0u);
  EXPECT_EQ(table.back(), '\n');
}

TEST(HeapStatsTest, HakStatsCountsWhatDoesNotFit) {
  char whole[16 * 1024];
  const size_t length = hak_stats(whole, sizeof(whole));
  EXPECT_EQ(length, std::string(whole).size());
  char part[20];
  EXPECT_EQ(hak_stats(part, sizeof(part)), length);
  EXPECT_EQ(std::string(part), std::string(whole).substr(0, sizeof(part) - 1));
  EXPECT_EQ(hak_stats(nullptr, 0), length);
}

// Figures may be asked for at any time.
TEST(HeapStatsTest, MayBeAskedForWhileOthersAllocate) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&stop] {
      while (!stop) {
        std::thread([] {
          for (size_t size = 1; size < 200'000; size = size * 3 / 2 + 1) Free(Allocate(size));
        }).join();
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    const HeapStats stats = CollectHeapStats();
    EXPECT_LE(stats.totals.used_units, stats.totals.peak_used_units);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace hakmem
