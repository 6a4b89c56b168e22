#include "superslab/purger.h"

#include <algorithm>

#include "core/platform.h"
#include "superslab/process.h"

namespace hakmem {

bool Purger::Start() {
  if (!process.EnsureInitialized() || process.superslabs.space().CanUnmap()) return false;
  if (process.observer() != nullptr) return false;  // who would see what the thread takes
  // Relaxed, here and below: the word orders nothing but itself. Making a thread orders the rest.
  uint32_t expected = State::kNone;
  if (!state_.compare_exchange_strong(expected, State::kAwake, std::memory_order_relaxed)) {
    return expected != State::kStopped;
  }
  if (platform::StartThread([] { process.purger.Run(); })) return true;
  state_.store(State::kStopped, std::memory_order_relaxed);
  return false;
}

void Purger::Stop() {
  state_.store(State::kStopped, std::memory_order_relaxed);
  platform::WakeOne(&state_);
}

void Purger::Wake() {
  uint32_t expected = State::kAsleep;
  if (state_.compare_exchange_strong(expected, State::kAwake, std::memory_order_relaxed)) {
    platform::WakeOne(&state_);
  }
}

void Purger::Run() {
  platform::NameThread("hakmem");
  platform::RegisterBarrier();
  while (state_.load(std::memory_order_relaxed) != State::kStopped) Sleep(Pass());
}

void Purger::Sleep(uint64_t ms) {
  if (ms != kUntilNoticed) return platform::WaitFor(&state_, State::kAwake, ms);
  uint32_t expected = State::kAwake;
  state_.compare_exchange_strong(expected, State::kAsleep, std::memory_order_relaxed);
  // What happened meanwhile was not noticed. What happens from here on is: both sides take the
  // superslab heap's mutex in between.
  const SuperslabHeap::Totals totals = process.superslabs.GetTotals();
  if (totals != before_) Wake();
  while (state_.load(std::memory_order_relaxed) == State::kAsleep) {
    platform::Wait(&state_, State::kAsleep);
  }
}

uint64_t Purger::Pass() {
  process.PurgeDue();
  const uint16_t round = process.superslabs.round();
  if (round != round_) {
    round_ = round;
    process.heaps.ReleaseIdle();
    const SuperslabHeap::Totals totals = process.superslabs.GetTotals();
    quiet_rounds_ = totals == before_ ? quiet_rounds_ + 1 : 0;
    before_ = totals;
  }
  if (quiet_rounds_ >= kQuietRounds) {
    quiet_rounds_ = 0;
    return kUntilNoticed;
  }
  if (process.pool.HasOld()) return kLeastPauseMs;
  const uint64_t now = platform::NowMs();
  return std::max(process.superslabs.due_ms(), now + kLeastPauseMs) - now;
}

void Purger::AfterForkInChild() {
  const bool stopped = state_.load(std::memory_order_relaxed) == State::kStopped;
  state_.store(stopped ? State::kStopped : State::kNone, std::memory_order_relaxed);
  quiet_rounds_ = 0;
}

}  // namespace hakmem
