// fork() while other threads allocate.
#ifndef HAKMEM_TESTING_STRESS_FORKS_H_
#define HAKMEM_TESTING_STRESS_FORKS_H_

#include "testing/stress/run.h"

namespace hakmem::stress {

// Until the run is over: allocates and forks. A child checks and frees the blocks that it inherits,
// allocates, in threads too, forks again, and some live at a limit of memory.
void RunForks(Run& run);

}  // namespace hakmem::stress

#endif  // HAKMEM_TESTING_STRESS_FORKS_H_
