// When and how memory goes back to the kernel. A page kept and reused saves a page fault, worth
// about 300 allocations; a page kept and not reused is waste. So:
//   1. Where the program shrinks, what is beyond its limit goes back, and a quarter of the limit
//      with it, so that the next free need not purge again. The limit of dirty units is max(dirty
//      floor, used / kDirtyShare) + regretted + credit. The program shrinks when, since units were
//      taken last, more than half of what was used was freed (in more than kChurnFrees calls or of
//      more than kChurnUnits, as large blocks may be replaced one by one), or kChurnMs passed.
//      Where units come and go, those that are dirty are taken again soon. `regretted` is what was
//      given back lately, of which an eighth is forgotten every round, and then taken again: a
//      program that frees and allocates the same memory in waves pays for the first wave, and for
//      little of the others where they take seconds. Of it goes, every round, what stayed dirty all
//      round long, at least an eighth; and it is at most what was ever used (a quarter of it under
//      a limit on address space). A process that begins has credit, half as much after each round,
//      so that one that is over soon need not pay at all. (None under a limit on address space, or
//      where the program says how much is to be kept.)
//   2. Nothing is kept that would raise the peak: before clean units are touched, dirty ones go
//      back as far as used + dirty would exceed the most that was ever used at one time. There is
//      1 MiB to spare, or a 16th if that is more, because runs of many sizes leave gaps that none
//      of them fits.
//   3. What was dirty for two rounds of kPurgeRoundMs goes back, unless the program asked for more
//      than kDirtyFloor to be kept.
// Where there is a purger (purger.h), 1 and 3 are its business, and the program shrinks when no
// units were taken for kChurnMs: waves that are shorter keep their memory, and no call gives back
// what another one freed. Else nothing happens by time alone: 1 and 3 wait for calls that leave a
// thread's cache, and where it is much that should go back, each of them gives 64 MiB back, which
// takes a millisecond or two, or twice what it frees itself. Rules 1 and 2 start at the high end of
// the heap.
//
// Units that were taken dirty may have a tail: pages of before beyond what their new user needs, as
// behind a block of 36 KiB in three units. Where the heap grows, the tails of new runs and slabs go
// back, as many bytes as it grew by, of which 1 MiB may wait; in a heap that stays as large they
// will be needed again.
#include <algorithm>
#include <bit>

#include "core/atomics.h"
#include "core/platform.h"
#include "superslab/superslab_heap.h"
#include "superslab/unit_bits.h"

namespace hakmem {

// Rules 1 and 3, where `freed` units were freed.
void SuperslabHeap::PurgeDueLocked(uint64_t now, size_t freed) {
  const bool shrinks = dirty_ > DirtyLimit() && Shrinks(now);
  size_t most = std::max(kMostPurged, 2 * freed);
  bool more = false;
  if (shrinks) {
    const size_t before = purged_;
    const size_t units = dirty_ - DirtyLimit() / 4 * 3;
    Purge(std::min(units, most));
    more = units > most && purged_ > before;
    most -= std::min(units, most);
    now = platform::NowMs();  // that may have taken long
  }
  EndRound(now, most);
  uint64_t due = round_began_ms_ + kPurgeRoundMs;
  // Where the kernel refused, not at once again.
  if (dirty_ > DirtyLimit()) due = std::min(due, (shrinks ? now : taken_ms_) + kChurnMs);
  if (more || next_aging_ != kNone) due = now;
  due_ms_.store(due, std::memory_order_relaxed);  // a hint
}

void SuperslabHeap::LockAndPurgeDue(uint64_t now) {
  const MutexLock lock(&mutex_);
  PurgeDueLocked(now, 0);
}

void SuperslabHeap::PurgeTail(size_t first, size_t units, size_t used) {
  const size_t bytes = units * kUnitBytes - used;
  if (bytes < kLeastTail) return;
  // Relaxed: hints, of which the exchange takes each once.
  size_t due = tails_due_.load(std::memory_order_relaxed);
  if (due < bytes) return;
  if (CompareExchange(&tails_due_, due, due - bytes, std::memory_order_relaxed)) {
    platform::Purge(map().UnitStart(first) + used, bytes);
  }
}

// Says when rule 1 may apply to what was freed now.
void SuperslabHeap::NoteDue() {
  if (dirty_ <= DirtyLimit()) return;
  const uint64_t due = std::min(due_ms_.load(std::memory_order_relaxed), taken_ms_ + kChurnMs);
  due_ms_.store(due, std::memory_order_relaxed);  // a hint
}

// Whether units are freed to stay so. Under a limit on address space, what is kept may be missing
// elsewhere, so that is always assumed there.
bool SuperslabHeap::Shrinks(uint64_t now) const {
  const bool fell =
      !IsAttended() && freed_ > used_ && (frees_ > kChurnFrees || freed_ > kChurnUnits);
  return fell || now >= taken_ms_ + kChurnMs || space_.CanUnmap();
}

size_t SuperslabHeap::DirtyLimit() const {
  return std::max(dirty_floor_, used_ / kDirtyShare) + regretted_ + credit_;
}

// How many units may have memory, by rule 2, where `peak` were used at most.
size_t SuperslabHeap::MostResident(size_t peak) {
  return peak + std::max(kSpareUnits, peak / kSpareShare);
}

// Rule 2, where `fresh` units of new memory were taken; and accounts for what was regretted.
void SuperslabHeap::KeepPeak(size_t peak_before, size_t fresh) {
  const size_t resident = used_ + dirty_;
  const size_t most_resident = MostResident(peak_before);
  const size_t regret = std::min(fresh, purged_lately_);
  purged_lately_ -= regret;
  if (resident > most_resident) {
    const size_t before = purged_;
    Purge(resident - most_resident);
    // In exchange for what is taken: to have kept it would have raised the peak.
    purged_lately_ -= std::min(purged_lately_, purged_ - before);
  }
  // Under a limit on address space, what is kept is missing elsewhere: for threads' stacks, say.
  const size_t most = space_.CanUnmap() ? peak_used_ / kDirtyShare : peak_used_;
  regretted_ = std::min(regretted_ + regret, most);
}

// A round of rule 3, when it is time, or more of the last one: what was dirty in the one before
// goes back, `most` units in this call or a few more, what is dirty now is marked for the next.
// False when there is nothing to do.
bool SuperslabHeap::EndRound(uint64_t now, size_t most) {
  if (next_aging_ == kNone) {
    if (now < round_began_ms_ + kPurgeRoundMs) return false;
    const uint64_t passed = std::min<uint64_t>((now - round_began_ms_) / kPurgeRoundMs, 63);
    credit_ >>= passed;
    // After so many rounds it is no wave.
    purged_lately_ -= std::min(purged_lately_, DivideUp(purged_lately_, kRegretShare) * passed);
    round_began_ms_ = now;
    round_.fetch_add(1, std::memory_order_relaxed);
    // It was too much by what stayed dirty all the time, and wears off in any case.
    const size_t share = DivideUp(regretted_, kRegretShare);
    regretted_ -= std::min(regretted_, std::max(least_dirty_, share));
    least_dirty_ = dirty_;
    next_aging_ = 0;
  }
  // Other threads go on with it while this one has released the mutex.
  for (size_t purged = 0; purged < most;) {
    const size_t s =
        dirty_ <= least_kept_ ? kNone : space_.index().First(Kind::kDirty, next_aging_, kAnyLength);
    if (s == kNone) {
      next_aging_ = kNone;
      round_began_ms_ = std::max(round_began_ms_, now);  // what was marked last is not old yet
      break;
    }
    next_aging_ = s + 1;
    Superslab& superslab = space_.superslab(s);
    if (superslab.aging != 0) {
      purged += static_cast<size_t>(std::popcount(superslab.aging));
      PurgeBits(s, superslab.aging);
    }
    superslab.aging = superslab.dirty;
  }
  return true;
}

// Gives `units` dirty units back, and the others of the superslabs that they are in, from the high
// end of the heap. An amount, not a limit: what others free meanwhile is looked after by them.
void SuperslabHeap::Purge(size_t units) {
  int refusals = 0;  // there, memory is locked
  for (size_t s = space_.superslabs(); units > 0 && refusals < kMostRefusals;) {
    s = space_.index().Last(Kind::kDirty, s, kAnyLength);
    if (s == kNone) return;
    const uint64_t dirty = space_.superslab(s).dirty;
    const size_t wanted = DivideUp(units, kUnitsPerSuperslab);
    const size_t count = std::clamp<size_t>(WholeDirtyBefore(s + 1), 1, wanted);
    s -= count - 1;
    if (PurgeBits(s, dirty, count)) {
      units -= std::min(units, count * static_cast<size_t>(std::popcount(dirty)));
    } else {
      ++refusals;
    }
  }
}

// How many superslabs before superslab `end`, side by side, are dirty as a whole, and can go back
// in one call.
size_t SuperslabHeap::WholeDirtyBefore(size_t end) const {
  if (space_.CanUnmap()) return 0;
  size_t count = 0;
  while (count < kPurgedAtOnce && count < end) {
    const Superslab& superslab = space_.superslab(end - 1 - count);
    if (superslab.dirty != ~uint64_t{0} || superslab.moved != 0) break;
    ++count;
  }
  return count;
}

// Gives dirty units of one superslab back, or of several side by side all: without the mutex in
// between, as other threads need not wait for the kernel. False when the kernel refuses.
bool SuperslabHeap::PurgeBits(size_t s, uint64_t bits, size_t superslabs) {
  Superslab& superslab = space_.superslab(s);
  if (superslab.used == 0 && Renew(s)) {
    bits = superslab.dirty;
    superslab.dirty = superslab.aging = 0;
    space_.Changed(s);
    CountPurged(bits);
    return true;
  }
  for (size_t i = s; i < s + superslabs; ++i) Leave(i, bits);

  uint64_t refused = 0;
  mutex_.Unlock();
  char* const start = space_.map().UnitStart(s * kUnitsPerSuperslab);
  ForEachBitRange(bits, [&](size_t first, size_t count) {
    const size_t further = (superslabs - 1) * kSuperslabBytes;
    if (!platform::Purge(start + first * kUnitBytes, count * kUnitBytes + further)) {
      refused |= BitRange(first, count);
    }
  });
  mutex_.Lock();

  for (size_t i = s; i < s + superslabs; ++i) Stay(i, bits, refused);
  return refused == 0;
}

// Gives all memory of a superslab that is free back at once, where its mappings are to change: in
// sparse mode, and where there are some that were moved. False otherwise.
bool SuperslabHeap::Renew(size_t s) {
  if (space_.CanUnmap()) {
    space_.Unmap(s);
  } else if (space_.superslab(s).moved == 0 || !space_.Refresh(s)) {
    return false;
  }
  ClearMoved(s);
  return true;
}

// Some units that were dirty go back.
void SuperslabHeap::CountPurged(uint64_t bits) {
  const auto units = static_cast<size_t>(std::popcount(bits));
  dirty_ -= units;
  least_dirty_ = std::min(least_dirty_, dirty_);
  purged_ += units;
  purged_lately_ += units;
}

// Dirty units of superslab `s` are on their way back.
void SuperslabHeap::Leave(size_t s, uint64_t bits) {
  Superslab& superslab = space_.superslab(s);
  superslab.dirty &= ~bits;
  superslab.aging &= ~bits;
  superslab.used |= bits;
  superslab.leaving |= bits;
  leaving_ += static_cast<size_t>(std::popcount(bits));
  space_.Changed(s);
  CountPurged(bits);
}

// Of the units `leaving` of a superslab those in `dirty` have memory still; the others are clean.
void SuperslabHeap::Stay(size_t s, uint64_t leaving, uint64_t dirty) {
  Superslab& superslab = space_.superslab(s);
  superslab.leaving &= ~leaving;
  superslab.used &= ~leaving;
  leaving_ -= static_cast<size_t>(std::popcount(leaving));
  superslab.dirty |= dirty;
  space_.Changed(s);
  const auto units = static_cast<size_t>(std::popcount(dirty));
  dirty_ += units;
  purged_ -= units;
  purged_lately_ -= std::min(purged_lately_, units);
}

void SuperslabHeap::AfterForkInChild() {
  if (leaving_ == 0) return;  // which it is as a rule: the heap may be large
  for (size_t s = 0; s < space_.superslabs(); ++s) {
    const uint64_t leaving = space_.superslab(s).leaving;
    if (leaving != 0) Stay(s, leaving, leaving);
  }
}

// Sparse mode: takes every superslab that is free out of the address space.
void SuperslabHeap::UnmapFree() {
  constexpr RunLengths kWhole = JustLength(kUnitsPerSuperslab);
  for (size_t s = 0; (s = space_.index().First(Kind::kFree, s, kWhole)) != kNone; ++s) {
    if (space_.IsMapped(s * kUnitsPerSuperslab)) PurgeBits(s, space_.superslab(s).dirty);
  }
}

// Where memory is exhausted: lets the threads that give some back go on. False when there are none.
bool SuperslabHeap::WaitForLeaving() {
  if (leaving_ == 0) return false;
  mutex_.Unlock();
  platform::Yield();
  mutex_.Lock();
  return true;
}

void SuperslabHeap::SetDirtyFloor(size_t bytes) {
  const MutexLock lock(&mutex_);
  dirty_floor_ = bytes / kUnitBytes;
  least_kept_ = dirty_floor_ > kDirtyFloor ? dirty_floor_ : 0;
  credit_ = 0;
  if (dirty_ > DirtyLimit()) Purge(dirty_ - DirtyLimit());
}

size_t SuperslabHeap::PurgeAll() {
  const MutexLock lock(&mutex_);
  const size_t before = purged_;
  Purge(dirty_);
  // Less than before where the kernel refused what another thread was giving back.
  return (std::max(purged_, before) - before) * kUnitBytes;
}

}  // namespace hakmem
