// What happens at start and end of the process. (The heap itself starts at the first allocation,
// which may come earlier: superslab/process.h.)
#include <unistd.h>

#include "box/heap_stats.h"
#include "box/observe/observation.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

__attribute__((constructor)) void AtStart() {
  process.CoverForks();
  process.ReadEnvironment(environ);
  if (!process.settings.background_purge) process.purger.Stop();
  StartObservation(process.settings);
}

__attribute__((destructor)) void AtEnd() {
  FinishObservation();
  if (process.settings.stats_at_exit) PrintHeapStats(STDERR_FILENO);
}

}  // namespace
}  // namespace hakmem
