#include "testing/stress/forks.h"

#include <sys/types.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "box/hakmem.h"
#include "core/test_random.h"
#include "testing/model/allocator.h"
#include "testing/model/model.h"
#include "testing/stress/limits.h"
#include "testing/stress/processes.h"

namespace hakmem::stress {
namespace {

using model::kMiB;

constexpr size_t kMostGenerations = 3;
constexpr model::Limits kLimits = {.sizes = {0, 16 * kMiB},
                                   .largest_alignment = kMiB,
                                   .most_blocks = 3'000,
                                   .most_touched_bytes = 16 * kMiB,
                                   .most_virtual_bytes = 256 * kMiB};

void Live(Run& run, unsigned number) {
  model::Model model(model::AllocatorUnderTest(), kLimits, run.seed, number);
  model.Run(2'000, run.deadline);
  model.FreeAll();
  run.tally.Add(model);
}

void Fork(Run& run, model::Model& model, TestRandom& random, size_t generations);

// All of a child's life. `inherited` is the model of the thread that forked.
void LiveAsChild(Run& run, model::Model& inherited, TestRandom& random, size_t generations) {
  Live(run, run.NextModel());
  inherited.Run(random.Below(2'000), run.deadline);
  if (!model::kSanitized && random.OneIn(4)) {  // no sanitizer allows it
    std::thread one(Live, std::ref(run), run.NextModel());
    std::thread other(Live, std::ref(run), run.NextModel());
    hak_purge_in_background();
    one.join();
    other.join();
    run.tally.Add(run.tally.threads, 2);
  }
  if (generations > 1) Fork(run, inherited, random, generations - 1);
  inherited.FreeAll();
  run.tally.Add(inherited);
  if (kCanLimit && random.OneIn(4)) LiveAtDataLimit(run);
}

// Forks a child and waits for its end.
void Fork(Run& run, model::Model& model, TestRandom& random, size_t generations) {
  run.tally.Add(model);  // the child shall not count that again
  run.tally.Add(run.tally.forks);
  const pid_t child = fork();
  if (child == 0) {
    EndIfStuck();
    LiveAsChild(run, model, random, generations);
    _exit(0);  // what went wrong is in the tally
  }
  ExpectSuccess(run.tally, child, "a forked child");
}

}  // namespace

void RunForks(Run& run) {
  const unsigned number = run.NextModel();
  TestRandom random(run.seed + number);
  model::Model model(model::AllocatorUnderTest(), kLimits, run.seed, number);
  while (!run.Over()) {
    model.Run(random.Below(2'000), run.deadline);
    Fork(run, model, random, random.Between(1, kMostGenerations));
  }
  model.FreeAll();
  run.tally.Add(model);
}

}  // namespace hakmem::stress
