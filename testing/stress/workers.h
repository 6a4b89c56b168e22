// The threads of a stress run that use one process's heap together.
#ifndef HAKMEM_TESTING_STRESS_WORKERS_H_
#define HAKMEM_TESTING_STRESS_WORKERS_H_

#include "testing/stress/run.h"

namespace hakmem::stress {

// Until the run is over: a thread of random length of life and taste in sizes, and when it has
// ended the next. A thread gives and takes blocks on its way, and leaves some to the others.
void RunWorkers(Run& run);

// Until the run is over: gives memory back and reads the statistics, at any moment.
void RunMaintenance(Run& run);

// After the threads have ended: takes all blocks that are left, which compares each with all
// others, frees them, and checks that nothing is live.
void Finish(Run& run);

// Fails unless every block is back. Where malloc is replaced, some of the program's own may remain.
void CheckNothingLost(Tally& tally);

}  // namespace hakmem::stress

#endif  // HAKMEM_TESTING_STRESS_WORKERS_H_
