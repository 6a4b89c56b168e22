// Run-time settings: the HAKMEM_* environment variables, read once at start.
//
//   HAKMEM_ON_ERROR = abort | warn     what follows the line on stderr about a bad pointer
//   HAKMEM_BACKGROUND_PURGE = 1 | 0    whether a thread of hakmem's own gives memory back
//   HAKMEM_STATS = 0 | 1               print the state of the heap to stderr at exit
//   HAKMEM_SIZE_HIST = 0 | 1 | signal  print a histogram of the sizes asked for to stderr: at exit;
//                                      whenever SIGUSR2 comes
//   HAKMEM_MEM_TRACE = 0 | 1           write every allocation and free to a file
//   HAKMEM_MEM_TRACE_FILE = NAME       the file's name; %p in it is the process id
#ifndef HAKMEM_CORE_SETTINGS_H_
#define HAKMEM_CORE_SETTINGS_H_

namespace hakmem {

enum class OnError { kAbort, kWarn };
enum class SizeHistogramMode { kOff, kAtExit, kOnSignal };

struct Settings {
  OnError on_error = OnError::kAbort;
  bool background_purge = true;
  bool stats_at_exit = false;
  SizeHistogramMode size_histogram = SizeHistogramMode::kOff;
  bool trace = false;
  // In the environment itself, which the program may overwrite later.
  const char* trace_file = "hakmem.%p.trace";
};

// The settings that `environment` (as `environ`: NAME=value strings up to a null pointer) asks for.
// An unknown HAKMEM_ variable, and an unknown value of a known one, is reported on stderr and
// ignored. Does not allocate.
Settings ReadSettings(const char* const* environment);

}  // namespace hakmem

#endif  // HAKMEM_CORE_SETTINGS_H_
