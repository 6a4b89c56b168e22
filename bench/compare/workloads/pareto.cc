// Pareto: many small blocks that die young, a few large ones and a few that live long.
//
// Both sizes and lifetimes of real programs have heavy tails (Zorn and Grunwald, "Evaluating Models
// of Memory Allocation", 1994). Time is counted in allocations; a wheel of lists holds the blocks
// that die at each moment. The shortest lifetime swings, so the live set grows and shrinks.
#include "bench/compare/workloads/threads.h"
#include "bench/compare/workloads/workload.h"

namespace hakmem::bench {
namespace {

constexpr size_t kThreads = 2;
constexpr uint64_t kSteps = 6'000'000;  // allocations of a thread
constexpr size_t kWheel = 1 << 18;      // no block lives longer
constexpr size_t kMaxLive = kWheel;     // one allocation a step, so never more
constexpr uint64_t kWaves = 6;
constexpr size_t kShortest = 16;   // lifetime at the low end of a wave
constexpr size_t kLongest = 4096;  // the shortest lifetime at its high end
constexpr size_t kMinSize = 24;
constexpr size_t kMaxSize = 64 << 10;

// A live block, and the number of the next in its list plus 1; a list ends with 0.
struct Live {
  Block block;
  uint32_t next;
};

// The shortest lifetime at `step` of `steps`: a triangle wave.
size_t ShortestLifetime(uint64_t step, uint64_t steps) {
  const uint64_t period = steps / kWaves + 2;
  const uint64_t phase = step % period;
  const uint64_t rising = phase < period / 2 ? phase : period - phase;
  return kShortest + (kLongest - kShortest) * rising / (period / 2);
}

void LiveThroughWaves(Mutator* mutator, uint64_t steps) {
  MappedArray<uint32_t> wheel(kWheel);
  MappedArray<Live> pool(kMaxLive + 1);
  uint32_t unused = 0;     // list of free pool entries
  uint32_t pool_used = 0;  // entries ever used
  const auto end_lives = [&](uint32_t* list) {
    while (*list != 0) {
      const uint32_t entry = *list;
      Live& live = pool[entry - 1];
      mutator->Free(&live.block);
      *list = live.next;
      live.next = unused;
      unused = entry;
    }
  };
  for (uint64_t step = 0; step < steps; ++step) {
    end_lives(&wheel[step % kWheel]);
    uint32_t entry = unused;
    if (entry != 0) {
      unused = pool[entry - 1].next;
    } else {
      entry = ++pool_used;
    }
    const size_t lifetime = mutator->Pareto(ShortestLifetime(step, steps), kWheel - 1);
    uint32_t& list = wheel[(step + lifetime) % kWheel];
    pool[entry - 1] = {.block = mutator->Allocate(mutator->Pareto(kMinSize, kMaxSize)),
                       .next = list};
    list = entry;
  }
  for (uint32_t& list : wheel) end_lives(&list);
}

}  // namespace

WorkloadResult RunPareto(const WorkloadOptions& options) {
  WorkloadResult result;
  Tally tallies[kThreads];
  result.seconds = RunInNewThreads(kThreads, [&](size_t index) {
    Mutator mutator(options, index);
    LiveThroughWaves(&mutator, options.Scaled(kSteps));
    tallies[index] = mutator.tally();
  });
  for (const Tally& tally : tallies) result.done.Add(tally);
  return result;
}

}  // namespace hakmem::bench
