#include "superslab/purger.h"

#include <algorithm>

#include "core/platform.h"
#include "superslab/process.h"

namespace hakmem {

// Relaxed throughout: the word orders nothing but itself. Making a thread orders the rest.
bool Purger::ChangeState(State from, State to) {
  uint32_t expected = from;
  return state_.compare_exchange_strong(expected, to, std::memory_order_relaxed);
}

bool Purger::Begin() {
  if (!process.EnsureInitialized() || process.superslabs.space().CanUnmap()) return false;
  if (process.observer() != nullptr) return false;  // who would see what the thread takes
  if (process.thread_exit == 0) return false;       // nothing says when the first thread ends
  if (!ChangeState(State::kNone, State::kAwake)) return false;
  process.superslabs.SetAttended(true);
  return true;
}

bool Purger::Start() {
  if (!Begin()) return state_.load(std::memory_order_relaxed) >= State::kAwake;
  if (platform::IsFirstThread()) platform::ArmThreadExit(process.thread_exit);
  if (platform::StartThread([] { process.purger.Run(); })) return true;
  process.superslabs.SetAttended(false);
  ChangeState(State::kAwake, State::kNone);
  return false;
}

void Purger::Stop() {
  process.superslabs.SetAttended(false);
  state_.store(State::kStopped, std::memory_order_relaxed);
  platform::WakeOne(&state_);
}

void Purger::Wake() {
  if (ChangeState(State::kQuiet, State::kAwake)) return;
  if (ChangeState(State::kAsleep, State::kAwake)) platform::WakeOne(&state_);
}

void Purger::Run() {
  platform::NameThread("hakmem");
  while (state_.load(std::memory_order_relaxed) != State::kStopped) Sleep(Pass());
  process.superslabs.SetAttended(false);  // where Stop() came before Begin() had said so
}

void Purger::Sleep(uint64_t ms) {
  if (ms != kUntilNoticed) {
    const uint32_t state = state_.load(std::memory_order_relaxed);
    if (state != State::kStopped) platform::WaitFor(&state_, state, ms);
    return;
  }
  ChangeState(State::kQuiet, State::kAsleep);
  while (state_.load(std::memory_order_relaxed) == State::kAsleep) {
    platform::Wait(&state_, State::kAsleep);
  }
}

uint64_t Purger::Pass() {
  process.superslabs.PurgeDue(/*attends=*/true);
  process.PurgeThinSlabs();
  const uint64_t now = platform::NowMs();
  const uint16_t round = process.superslabs.round();
  if (round != round_ && now >= round_ended_ms_ + kLeastRoundMs) {
    round_ = round;
    round_ended_ms_ = now;
    process.heaps.ReleaseIdle();
    const size_t purged = process.superslabs.GetTotals().purged_units;
    const bool noticed = ChangeState(State::kAwake, State::kQuiet);
    quiet_rounds_ = noticed || purged != purged_units_ ? 0 : quiet_rounds_ + 1;
    purged_units_ = purged;
  }
  if (process.pool.HasOld()) {
    quiet_rounds_ = 0;
    return kLeastPauseMs;
  }
  if (quiet_rounds_ >= kQuietRounds) {
    quiet_rounds_ = 0;
    return kUntilNoticed;
  }
  return std::clamp(process.superslabs.due_ms(), now + kLeastPauseMs, now + kMostPauseMs) - now;
}

void Purger::AfterForkInChild() {
  process.superslabs.SetAttended(false);
  const bool wanted = process.settings.background_purge;
  state_.store(wanted ? State::kNone : State::kStopped, std::memory_order_relaxed);
  quiet_rounds_ = 0;
}

}  // namespace hakmem
