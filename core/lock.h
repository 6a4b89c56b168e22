// The mutex of every shared structure of hakmem: 4 bytes, no constructor at run time, no
// allocation, sleeps in the kernel when contended. U. Drepper, "Futexes Are Tricky" (2011), mutex
// 2. Not recursive. Around fork() all of them are held (superslab/process.h), but for the trace
// writer's, which the child makes anew.
//
//   state: 0 free, 1 held, 2 held and somebody may sleep
#ifndef HAKMEM_CORE_LOCK_H_
#define HAKMEM_CORE_LOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "core/atomics.h"
#include "core/compiler.h"
#include "core/platform.h"

namespace hakmem {

class ABSL_LOCKABLE Mutex {
 public:
  constexpr Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    if (HAK_UNLIKELY(!TryLock())) LockSlow();
  }

  void Unlock() ABSL_UNLOCK_FUNCTION() {
    // Release: pairs with the acquires in TryLock and LockSlow.
    if (HAK_UNLIKELY(Exchange(&state_, 0, std::memory_order_release) == 2)) {
      platform::WakeOne(&state_);
    }
  }

  // For clang's analysis, where it can't see that the caller holds it.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {}

 private:
  // As a rule it is held for less time than a thread needs to fall asleep and be woken: so a moment
  // is waited for that first. "What was measured" in docs/design.md has figures.
  static constexpr int kSpins = 16;

  HAK_INLINE bool TryLock() {
    // Acquire: pairs with the release in Unlock.
    return CompareExchange(&state_, 0, 1, std::memory_order_acquire);
  }

  HAK_SLOW void LockSlow() {
    for (int i = 0; i < kSpins; ++i) {
      // Relaxed: a hint, which leaves the line to the holder while it is locked.
      if (state_.load(std::memory_order_relaxed) == 0 && TryLock()) return;
      HAK_SPIN_WAIT();
    }
    // Acquire: pairs with the release in Unlock. Takes the lock as "somebody may sleep": more than
    // one may.
    while (state_.exchange(2, std::memory_order_acquire) != 0) platform::Wait(&state_, 2);
  }

  std::atomic<uint32_t> state_{0};
};

class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* mutex_;
};

}  // namespace hakmem

#endif  // HAKMEM_CORE_LOCK_H_
