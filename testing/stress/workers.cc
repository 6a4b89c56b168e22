#include "testing/stress/workers.h"

#include <malloc.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <thread>

#include "box/hakmem.h"
#include "core/test_random.h"
#include "testing/model/allocator.h"
#include "testing/model/model.h"

namespace hakmem::stress {
namespace {

using model::kKiB;
using model::kMiB;

// What a program's own blocks may take where malloc is replaced.
constexpr size_t kOwnBytes = 4 * kMiB;

// A quarter of the threads want small blocks alone, one those of a few pages, one larger ones, one
// all sizes.
model::Limits RandomTaste(TestRandom& random) {
  constexpr model::SizeRange kTastes[] = {
      {0, 1100}, {kKiB, 32 * kKiB}, {16 * kKiB, 64 * kMiB}, {0, 64 * kMiB}};
  return {.sizes = kTastes[random.Below(std::size(kTastes))],
          .largest_alignment = 16 * kMiB,
          .most_blocks = 8'000,
          .most_touched_bytes = 24 * kMiB,
          .most_virtual_bytes = 512 * kMiB};
}

void Live(Run& run, unsigned number) {
  TestRandom random(run.seed + number);
  const model::Limits limits = RandomTaste(random);
  const size_t operations = random.LogUniform(16, model::Scaled(32'000));
  const size_t exchange_one_in = random.Between(2, 16);
  model::Model model(model::AllocatorUnderTest(), limits, run.seed, number);
  for (size_t i = 0; i < operations && model.ok() && !run.Over(); ++i) {
    const size_t draw = random.Below(exchange_one_in);
    model::Block block;
    if (draw == 0 && model.live_blocks() > 0 && !run.queue.Full()) {
      run.queue.Push(model.Release());
      run.tally.Add(run.tally.handed);
    } else if (draw == 1 && run.queue.TryPop(&block)) {
      model.Adopt(block);
    } else {
      model.Step();
    }
  }
  while (model.ok() && model.live_blocks() > 0 && !run.queue.Full()) {
    run.queue.Push(model.Release());
    run.tally.Add(run.tally.handed);
  }
  model.FreeAll();
  run.tally.Add(model);
}

}  // namespace

void RunWorkers(Run& run) {
  while (!run.Over()) {
    std::thread worker(Live, std::ref(run), run.NextModel());
    run.tally.Add(run.tally.threads);
    worker.join();
  }
}

void RunMaintenance(Run& run) {
  TestRandom random(run.seed);
  char text[16 * kKiB];
  while (!run.Over()) {
    const size_t what = random.Below(4);
    if (what == 0) hak_purge();
    if (what == 1) malloc_trim(0);
    if (what == 2) {
      const size_t length = hak_stats(text, sizeof(text));
      if (length >= sizeof(text) || text[0] != '{' || text[length - 1] != '}') {
        run.tally.Fail("hak_stats() wrote %zu bytes: %.100s...", length, text);
      }
    }
    if (what == 3) mallinfo2();
    run.tally.Add(what < 2 ? run.tally.purges : run.tally.statistics);
    std::this_thread::sleep_for(std::chrono::microseconds(random.LogUniform(1, 20'000)));
  }
}

void Finish(Run& run) {
  const model::Limits limits = {};
  model::Model heir(model::AllocatorUnderTest(), limits, run.seed, run.NextModel());
  model::Block block;
  while (heir.ok() && run.queue.TryPop(&block)) heir.Adopt(block);
  heir.FreeAll();
  run.tally.Add(heir);
  CheckNothingLost(run.tally);
}

void CheckNothingLost(Tally& tally) {
  if (tally.failed()) return;  // then blocks are left over
  hak_purge();
  char text[16 * kKiB];
  hak_stats(text, sizeof(text));
  constexpr char kKey[] = "\"live_bytes\": ";
  const char* const figure = std::strstr(text, kKey);
  if (figure == nullptr) return tally.Fail("hak_stats() has no live_bytes: %.100s...", text);
  const size_t live = std::strtoull(figure + std::strlen(kKey), nullptr, 10);
  const bool replaced = std::strcmp(model::AllocatorUnderTest().name, "hak") != 0;
  if (live > (replaced ? kOwnBytes : 0)) tally.Fail("%zu bytes are lost: %s", live, text);
}

}  // namespace hakmem::stress
