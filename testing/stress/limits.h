// Life at a limit of memory: what is refused is refused with ENOMEM, nothing is lost, and once
// blocks are freed it goes on.
#ifndef HAKMEM_TESTING_STRESS_LIMITS_H_
#define HAKMEM_TESTING_STRESS_LIMITS_H_

#include <cstdint>

#include "testing/model/scale.h"
#include "testing/stress/run.h"

namespace hakmem::stress {

// A sanitizer's shadow memory is far above any limit.
inline constexpr bool kCanLimit = !model::kSanitized;

// In the child of a fork, which ends afterwards: lives under RLIMIT_DATA.
void LiveAtDataLimit(Run& run);

// Until the run is over: starts this program again under RLIMIT_AS, with --at_limit.
void RunLimitedProcesses(Run& run);

// What main() does then, in threads: returns the exit status.
int LiveAtAddressLimit(uint64_t seed);

}  // namespace hakmem::stress

#endif  // HAKMEM_TESTING_STRESS_LIMITS_H_
