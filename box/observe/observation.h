// What HAKMEM_SIZE_HIST and HAKMEM_MEM_TRACE switch on: the recorders behind the observer.
#ifndef HAKMEM_BOX_OBSERVE_OBSERVATION_H_
#define HAKMEM_BOX_OBSERVE_OBSERVATION_H_

#include "core/settings.h"

namespace hakmem {

// Starts what `settings` ask for, if anything. Once, from our constructor. Without memory for it,
// the process goes unobserved, and a line on stderr says so.
void StartObservation(const Settings& settings);

// Prints what is to be printed at the end of the process.
void FinishObservation();

}  // namespace hakmem

#endif  // HAKMEM_BOX_OBSERVE_OBSERVATION_H_
