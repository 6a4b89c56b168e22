// Writes the memory trace of this process: events into a mapping of the file, which the kernel
// keeps whatever becomes of the process (box/observe/trace_format.h).
//
// A thread writes into a chunk of the file of its own, without a lock; only a new chunk takes one.
// The file is made with the first event, so that a process which never allocates leaves none. It is
// opened anew for each chunk: no file descriptor of ours is in the program's way, or can be closed
// by it. A file that exists is never written to, for it may be another process's: then the name
// gets the first of .2, .3, ... that is free.
#ifndef HAKMEM_BOX_OBSERVE_TRACE_WRITER_H_
#define HAKMEM_BOX_OBSERVE_TRACE_WRITER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "box/observe/trace_format.h"
#include "core/lock.h"
#include "superslab/observer.h"

namespace hakmem {

class TraceWriter {
 public:
  // `file` is the name to use: relative to the current directory, %p is the process id.
  explicit TraceWriter(const char* file);

  // Adds an event. Gives up, after a line on stderr, when the file can't be made or can't grow.
  void Write(ObservedThread* thread, const Event& event);

  // In the child of fork(): goes on in a file of its own. `threads` are all that there were.
  void AfterFork(ObservedThread* threads) ABSL_NO_THREAD_SAFETY_ANALYSIS;

 private:
  bool TakeChunk(ObservedThread* thread);
  bool MakeTraceFile() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes path_ of the name, the `number`th such; false when it is too long.
  bool MakePath(uint64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t Stamp();

  static constexpr size_t kPathBytes = 4096;
  enum class State { kNoFile, kOpen, kGivenUp };

  Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kNoFile;
  size_t chunks_ ABSL_GUARDED_BY(mutex_) = 0;  // taken so far
  bool forked_ = false;
  const uint64_t start_ns_;
  std::atomic<uint64_t> last_time_{0};
  char name_[kPathBytes];  // absolute, %p not expanded; empty when it is too long
  char path_[kPathBytes];  // of the file
};

}  // namespace hakmem

#endif  // HAKMEM_BOX_OBSERVE_TRACE_WRITER_H_
