// A thread of hakmem's own that has memory go back in place of the program's, by rules 1 and 3 of
// superslab_purge.cc: a program that frees much and then waits makes no calls, and one that goes on
// had better not wait for the kernel in them:
//
//         Start           a round ends               kQuietRounds end
//    none ------> awake --------------> quiet -----------------------> asleep: no system call
//                   ^                     | Notice                        | Notice
//                   +---------------------+-------------------------------+
//
// As often as a round ends it also takes what threads that wait keep of use to nobody: their heaps'
// runs, lists of the transfer cache, spare slabs. Lists of a thread's cache stay the thread's.
//
// It needs few pages: it has no heap, and allocates nothing. It holds up neither the end of the
// process nor a fork, whose child starts one of its own.
#ifndef HAKMEM_SUPERSLAB_PURGER_H_
#define HAKMEM_SUPERSLAB_PURGER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/compiler.h"
#include "superslab/superslab_heap.h"

namespace hakmem {

class Purger {
 public:
  static constexpr uint32_t kQuietRounds = 4;  // what takes longest is over in them
  static constexpr uint64_t kLeastPauseMs = 10;
  static constexpr uint64_t kMostPauseMs = SuperslabHeap::kChurnMs;
  static constexpr uint64_t kLeastRoundMs = 100;  // from one to the next, where it was late
  static constexpr uint64_t kUntilNoticed = UINT64_MAX;

  constexpr Purger() = default;

  // Starts the thread, if it was not started, or stopped, before; false when there is none then.
  // The caller holds no lock of the C library's, which makes the thread: it is about to make one of
  // its own. Not under a limit on address space, where nothing is kept that could go back.
  bool Start();

  // As Start(), but for the thread: for tests, which make its calls themselves.
  bool Begin();

  // Ends the thread, if there is one, and for good.
  void Stop();

  // The program's threads did something that may leave memory to give back.
  void Notice() {
    // Relaxed: what it is to see was done long before it looks.
    if (HAK_UNLIKELY(state_.load(std::memory_order_relaxed) >= State::kQuiet)) Wake();
  }

  // Does what is due; returns after how many ms it is to be called again. For the thread, and for
  // tests.
  uint64_t Pass();

  // In the child of a fork, which has no such thread.
  void AfterForkInChild();

 private:
  // Nothing was noticed since the last round ended: kQuiet; and the thread waits for it: kAsleep.
  enum State : uint32_t { kNone, kStopped, kAwake, kQuiet, kAsleep };

  HAK_SLOW void Wake();
  void Run();
  void Sleep(uint64_t ms);
  bool ChangeState(State from, State to);

  std::atomic<uint32_t> state_{State::kNone};
  // The thread's own:
  uint16_t round_ = 0;
  uint32_t quiet_rounds_ = 0;
  uint64_t round_ended_ms_ = 0;
  size_t purged_units_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_PURGER_H_
