// Run-time settings: the HAKMEM_* environment variables, read once at start.
//
//   HAKMEM_ON_ERROR = abort | warn   what follows the line on stderr about a bad pointer
//   HAKMEM_STATS    = 0 | 1          print the state of the heap to stderr at exit
#ifndef HAKMEM_CORE_SETTINGS_H_
#define HAKMEM_CORE_SETTINGS_H_

namespace hakmem {

enum class OnError { kAbort, kWarn };

struct Settings {
  OnError on_error = OnError::kAbort;
  bool stats_at_exit = false;
};

// The settings that `environment` (as `environ`: NAME=value strings up to a null pointer) asks for.
// An unknown HAKMEM_ variable, and an unknown value of a known one, is reported on stderr and
// ignored. Does not allocate.
Settings ReadSettings(const char* const* environment);

}  // namespace hakmem

#endif  // HAKMEM_CORE_SETTINGS_H_
