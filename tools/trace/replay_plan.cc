#include "tools/trace/replay_plan.h"

#include <deque>
#include <fstream>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/call.h"

namespace hakmem::trace {
namespace {

ReplayCall CallOf(Call call, uint8_t alignment_log2) {
  if (call == Call::kCalloc) return ReplayCall::kCalloc;
  if (call == Call::kRealloc) return ReplayCall::kRealloc;
  return alignment_log2 == 0 ? ReplayCall::kMalloc : ReplayCall::kAligned;
}

class Planner {
 public:
  void Add(const TraceEvent& event) {
    const Call call = static_cast<Call>(event.call);
    if (IsFree(call)) {
      const auto place = live_.find(event.address);
      if (place == live_.end()) return;
      const uint32_t slot = place->second;
      live_.erase(place);
      const uint32_t thread = Emit(event, ReplayCall::kFree, slot);
      Release(slot, thread);
    } else if (event.address != 0) {
      uint32_t slot = kNoSlot;
      if (const auto place = live_.find(event.old_address); place != live_.end()) {
        slot = place->second;
        live_.erase(place);
      }
      if (slot == kNoSlot) slot = TakeSlot(ThreadOf(event.thread));
      Emit(event, CallOf(call, event.alignment_log2), slot);
      live_[event.address] = slot;
    }
  }

  ReplayPlan Finish() {
    plan_.slots = tickets_.size();
    return std::move(plan_);
  }

 private:
  static constexpr uint32_t kNoSlot = UINT32_MAX;

  // The number of a thread in the plan. One that is new is started by the thread that acted last.
  uint32_t ThreadOf(uint32_t number) {
    const auto [place, is_new] =
        threads_.try_emplace(number, static_cast<uint32_t>(plan_.threads.size()));
    if (is_new) {
      if (!plan_.threads.empty()) {
        plan_.threads[last_thread_].push_back({.size = 0,
                                               .slot = place->second,
                                               .ticket = 0,
                                               .call = ReplayCall::kStart,
                                               .alignment_log2 = 0});
      }
      plan_.threads.emplace_back();
      free_slots_.emplace_back();
    }
    return last_thread_ = place->second;
  }

  uint32_t Emit(const TraceEvent& event, ReplayCall call, uint32_t slot) {
    const uint32_t thread = ThreadOf(event.thread);
    plan_.threads[thread].push_back({.size = event.size,
                                     .slot = slot,
                                     .ticket = tickets_[slot]++,
                                     .call = call,
                                     .alignment_log2 = event.alignment_log2});
    ++plan_.calls;
    return thread;
  }

  // The slot that `thread` itself freed last, so that it need not wait; or the one that another
  // thread freed longest ago; or a new one.
  uint32_t TakeSlot(uint32_t thread) {
    uint32_t slot;
    if (!free_slots_[thread].empty()) {
      slot = free_slots_[thread].back();
      free_slots_[thread].pop_back();
    } else if (!with_free_slots_.empty()) {
      thread = *with_free_slots_.begin();
      slot = free_slots_[thread].front();
      free_slots_[thread].pop_front();
    } else {
      tickets_.push_back(0);
      return static_cast<uint32_t>(tickets_.size() - 1);
    }
    if (free_slots_[thread].empty()) with_free_slots_.erase(thread);
    return slot;
  }

  void Release(uint32_t slot, uint32_t thread) {
    free_slots_[thread].push_back(slot);
    with_free_slots_.insert(thread);
  }

  ReplayPlan plan_;
  uint32_t last_thread_ = 0;
  absl::flat_hash_map<uint32_t, uint32_t> threads_;  // by their numbers in the trace
  absl::flat_hash_map<uint64_t, uint32_t> live_;     // slots, by address
  std::vector<uint32_t> tickets_;                    // of each slot: the next one
  std::vector<std::deque<uint32_t>> free_slots_;     // of each thread: that it freed
  absl::btree_set<uint32_t> with_free_slots_;        // threads
};

template <typename T>
void Put(std::ofstream& file, const T* values, size_t count) {
  file.write(reinterpret_cast<const char*>(values),
             static_cast<std::streamsize>(count * sizeof(T)));
}

}  // namespace

ReplayPlan MakePlan(const Trace& trace) {
  Planner planner;
  for (const TraceEvent& event : trace.events) planner.Add(event);
  return planner.Finish();
}

absl::Status WritePlan(const ReplayPlan& plan, const std::string& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  const ReplayHeader header = {kReplayMagic, plan.threads.size(), plan.slots, plan.calls};
  Put(file, &header, 1);
  uint64_t offset = sizeof(ReplayHeader) + plan.threads.size() * sizeof(ReplayThread);
  for (const std::vector<ReplayOp>& operations : plan.threads) {
    const ReplayThread thread = {offset, operations.size()};
    Put(file, &thread, 1);
    offset += operations.size() * sizeof(ReplayOp);
  }
  for (const std::vector<ReplayOp>& operations : plan.threads) {
    Put(file, operations.data(), operations.size());
  }
  file.close();
  if (!file) return absl::UnavailableError(absl::StrCat(path, ": can't be written"));
  return absl::OkStatus();
}

}  // namespace hakmem::trace
