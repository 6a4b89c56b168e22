// What the threads of a stress run share.
#ifndef HAKMEM_TESTING_STRESS_RUN_H_
#define HAKMEM_TESTING_STRESS_RUN_H_

#include <atomic>
#include <cstdint>

#include "testing/model/handoff_queue.h"
#include "testing/model/scale.h"
#include "testing/stress/tally.h"

namespace hakmem::stress {

struct Run {
  // Whether to go on; each loop asks. When time has run out what is left is still checked.
  bool Over() const { return tally.failed() || deadline.Passed(); }
  // Tells one model from all others: its ids and random sequence follow from it and the seed.
  unsigned NextModel() { return next_model.fetch_add(1, std::memory_order_relaxed); }

  const uint64_t seed;
  const model::Deadline deadline;
  Tally& tally;
  model::HandoffQueue queue = {};
  std::atomic<unsigned> next_model = 1;
};

}  // namespace hakmem::stress

#endif  // HAKMEM_TESTING_STRESS_RUN_H_
