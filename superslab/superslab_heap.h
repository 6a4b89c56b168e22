// The superslab heap: hands out whole units of the address range, to slabs (four units) and to
// runs, and gives the memory of free ones back to the kernel.
//
// A unit is in one of three states, or on its way between two (bits of its Superslab):
//
//              Allocate                      Allocate
//    clean --------------> used    dirty ---------------> used
//      ^                     |       ^
//      |        Purge        |  Free |
//      +---------- dirty <---+-------+
//
//   clean    free and zero, no memory behind it (or never touched)
//   dirty    free, memory probably still behind it: taken first, as its pages are there already
//   used     part of a slab or a run
//   leaving  between dirty and clean: a thread gives its memory back, without the mutex. Its bit is
//            set in `used`, too, so that nobody takes it, but it is not counted there
//
// Which units (superslab_placement.cc): dirty before clean. For a slab a place that was last a slab
// of the same size class, if the lowest superslabs with dirty places have one, else the lowest
// there is, so that the heap stays dense and its high end empties; for a run the tightest place, so
// that long ones last, or the lowest where all are ample; for one of several superslabs the lowest.
// Dirty memory may be brought to clean units (superslab_gather.cc).
//
// When memory goes back: three rules (superslab_purge.cc). Roughly: 1, what a program that shrinks
// has beyond a quarter of its heap; 2, before new memory is touched, what would raise the peak; 3,
// what nobody wanted for two rounds ("aging": dirty in the last one already).
//
// Thread-safe: what changes units takes the mutex.
#ifndef HAKMEM_SUPERSLAB_SUPERSLAB_HEAP_H_
#define HAKMEM_SUPERSLAB_SUPERSLAB_HEAP_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/compiler.h"
#include "core/lock.h"
#include "core/platform.h"
#include "superslab/address_space.h"

namespace hakmem {

class SuperslabHeap {
 public:
  static constexpr size_t kNone = AddressSpace::kNone;
  static constexpr size_t kDirtyFloor = UnitsOfMiB(4);
  static constexpr size_t kDirtyShare = 4;  // a quarter of what is used
  static constexpr size_t kSpareUnits = UnitsOfMiB(1);
  static constexpr size_t kSpareShare = 16;             // or a 16th of the most ever used
  static constexpr size_t kRegretShare = 8;             // an eighth is forgotten in a round
  static constexpr size_t kCredit = UnitsOfMiB(32);     // of a process that begins
  static constexpr size_t kLeastTail = 3 * kPageBytes;  // worth a call to the kernel
  static constexpr size_t kMostTails = 1024 * 1024;     // bytes that growth lets go back later
  static constexpr uint64_t kPurgeRoundMs = 500;
  static constexpr uint64_t kChurnMs = 100;
  static constexpr uint64_t kMostLateMs = 500;
  static constexpr size_t kChurnFrees = 8;
  static constexpr size_t kChurnUnits = UnitsOfMiB(64);
  static constexpr size_t kPieceUnits = UnitsOfMiB(1) / 4;  // moved at a time
  static constexpr size_t kMostGathered = UnitsOfMiB(32);   // a longer run may never touch most
  static constexpr size_t kMostMoved = UnitsOfMiB(1024);    // by Gather
  static constexpr size_t kMostMoves = 12 * 1024;  // of runs: the kernel allows 65,530 mappings
  static constexpr size_t kPurgedAtOnce = 64;      // superslabs
  static constexpr size_t kMostPurged = UnitsOfMiB(64);  // in a call
  static constexpr int kMostRefusals = 4;                // of one run's pieces

  struct Totals {
    size_t superslabs = 0;
    size_t used_units = 0;
    size_t dirty_units = 0;
    size_t peak_used_units = 0;
    size_t purged_units = 0;  // since the start
    size_t metadata_bytes = 0;
  };

  constexpr SuperslabHeap() = default;

  // Reserves the address range. Called once, before anything else; false when nothing is to be had.
  bool Init();

  // Whether dirty memory is brought to clean units that are taken.
  enum class Gathering {
    kNone,  // it would be of no use
    kAll,   // only if there may be enough for all of them: else clean ones had better stay clean
    kAny,
  };

  // `units` contiguous units whose address is a multiple of `alignment` units (a power of two).
  // Returns the number of the first, or kNone when memory is exhausted. `*zeroed` tells whether all
  // of them read as zero. The region map is the caller's to write. To the first `moved_to` units
  // the caller will move pages: dirty memory would be lost there. `*mixed`, if given, tells whether
  // some of them were dirty, but not all.
  size_t Allocate(size_t units, size_t alignment, bool* zeroed,
                  Gathering gathering = Gathering::kNone, size_t moved_to = 0,
                  bool* mixed = nullptr);
  // The units of a slab of class `c`: preferably ones that were such a slab before.
  struct SlabUnits {
    size_t first = kNone;
    bool zeroed = false;     // read as zero
    bool as_before = false;  // were a slab of that class last, with the pages that it had then
  };
  SlabUnits AllocateSlab(SizeClass c);

  // Gives units back. Their region map bytes must have been cleared. `clean`: they read as zero and
  // have no memory behind them.
  void Free(size_t first, size_t units, bool clean = false);

  // Makes a run of `units` units longer, to `wanted`, without moving it. New units need not be
  // zero. False when what follows it is not free, or can't be had.
  bool Extend(size_t first, size_t units, size_t wanted);

  // Moves the pages of [from, from + units) to `to`, both used; `from` reads as zero afterwards.
  // False when the kernel can't: nothing moved, but what was at `to` may be gone.
  bool Move(size_t from, size_t to, size_t units);
  // Whether what has `units` units may be moved: it becomes a mapping of its own, of which there
  // would be too many if all that were moved had as many units.
  bool MayMove(size_t units);

  // Sets how much free memory is kept whatever the rules say, kDirtyFloor of them by default
  // (mallopt's M_TRIM_THRESHOLD). There is no credit from then on.
  void SetDirtyFloor(size_t bytes);

  // Gives back what follows the first `used` bytes, whole pages, of [first, first + units), which
  // were taken, not all of them clean: who has them will not use it. Only where it is worth a call,
  // and while the heap grows (superslab_purge.cc). Not counted in Totals.
  void PurgeTail(size_t first, size_t units, size_t used);

  // Rules 1 and 3, if the time has come; cheap otherwise. One thread does it, others do not wait.
  // `attends`: for the thread that does so (SetAttended).
  void PurgeDue(bool attends = false) {
    const uint64_t now = platform::NowMs();
    // Relaxed, here and below: a hint.
    uint64_t due = due_ms_.load(std::memory_order_relaxed);
    if (HAK_LIKELY(now < due) || (!attends && IsLeft(now, due))) return;
    if (due_ms_.compare_exchange_strong(due, now + kChurnMs, std::memory_order_relaxed)) {
      LockAndPurgeDue(now);
    }
  }

  // Whether another thread calls PurgeDue() from now on, every kChurnMs while anything is due. That
  // is left to it then, unless it is late by kMostLateMs: it may get no processor, or be gone.
  // Relaxed: nothing is lost where some calls do not know yet.
  void SetAttended(bool attended) { attended_.store(attended, std::memory_order_relaxed); }

  // When there will be something to do by rules 1 and 3. A hint.
  uint64_t due_ms() const { return due_ms_.load(std::memory_order_relaxed); }

  // In the child of a fork, where the mutex is held: looks after what the threads that it does not
  // have were giving back.
  void AfterForkInChild() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Gives all dirty memory back; returns how many bytes that was at most.
  size_t PurgeAll();

  Totals GetTotals();
  void Validate();

  // Whether `p` points into the heap's memory. Reads none of it.
  bool Contains(const void* p) const {
    return map().Contains(p) && space_.IsMapped(map().UnitOf(p));
  }

  // The number of rounds that passed; modulo 2^16.
  uint16_t round() const { return round_.load(std::memory_order_relaxed); }  // a hint
  // By how many units the most ever used rose since this was called last.
  size_t TakeGrowth() {
    // Relaxed: a hint, too.
    if (growth_.load(std::memory_order_relaxed) == 0) return 0;
    return growth_.exchange(0, std::memory_order_relaxed);
  }

  RegionMap& map() { return space_.map(); }
  const RegionMap& map() const { return space_.map(); }
  AddressSpace& space() { return space_; }
  Mutex& mutex() { return mutex_; }

 private:
  using Kind = SuperslabIndex::Kind;

  // All of these need the mutex. Those that say so release it in between, as memory goes back:
  // what was read before may have changed. `now` is the time, in ms, when the thread asked for the
  // mutex: another one's may be later.

  // superslab_heap.cc. AllocateLocked and TakeWithinPeak release it.
  size_t AllocateLocked(uint64_t now, size_t units, size_t alignment, size_t* clean,
                        Gathering gathering, size_t moved_to) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  platform::MapResult EnsureMapped(size_t first, size_t units)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t TakeWithinPeak(uint64_t now, size_t first, size_t units)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t Take(uint64_t now, size_t first, size_t units) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsFree(size_t first, size_t units) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint8_t& LastClass(size_t u) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetLastClass(size_t first, size_t units) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // superslab_placement.cc
  size_t FindOrGrow(size_t units, size_t alignment, bool dirty_first)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t FindDirtySlab(SizeClass c) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t FindDirty(size_t units, size_t alignment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t FindFreeSlab() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t FindFree(size_t units, size_t alignment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t FindWithin(Kind kind, size_t units, size_t alignment)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t FindAmong(Kind kind, RunLengths left, size_t units, size_t alignment, size_t* tries)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t Find(Kind kind, size_t units, size_t alignment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t FindMany(Kind kind, size_t units, size_t alignment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t FindLowest(Kind kind, size_t* first, size_t units, size_t alignment, size_t tries)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t FindRow(Kind kind, size_t first, size_t units, size_t alignment)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t AlignedUnit(size_t first, size_t alignment) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t LastOther(Kind kind, size_t first, size_t units) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t EndOfUsed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t GrowFor(size_t units, size_t alignment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // superslab_purge.cc. PurgeDueLocked, KeepPeak, EndRound, Purge, PurgeBits and UnmapFree release
  // it, and so does WaitForLeaving.
  HAK_NOINLINE void LockAndPurgeDue(uint64_t now);
  void PurgeDueLocked(uint64_t now, size_t freed) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsAttended() const { return attended_.load(std::memory_order_relaxed); }
  // Whether what has been due since `due` is left to who attends.
  bool IsLeft(uint64_t now, uint64_t due) const { return IsAttended() && now < due + kMostLateMs; }
  bool Shrinks(uint64_t now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static size_t MostResident(size_t peak);
  size_t DirtyLimit() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void KeepPeak(size_t peak_before, size_t fresh) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool EndRound(uint64_t now, size_t most) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Purge(size_t units) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool PurgeBits(size_t s, uint64_t bits, size_t superslabs = 1)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t WholeDirtyBefore(size_t end) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Renew(size_t s) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountPurged(uint64_t bits) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Leave(size_t s, uint64_t bits) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Stay(size_t s, uint64_t leaving, uint64_t dirty) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void UnmapFree() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool WaitForLeaving() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // superslab_gather.cc
  void Gather(size_t first, size_t units) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static uint64_t BitsOfPiece(size_t piece);
  size_t DirtyInPiece(size_t piece) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsWorthMoving(size_t piece) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MovePiece(size_t from, size_t to) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MarkMoved(size_t first, size_t units) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ClearMoved(size_t s) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RenewClean(size_t first, size_t units) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  AddressSpace space_;  // guarded but for the region map, whose readers take no lock
  size_t dirty_floor_ = kDirtyFloor;
  size_t least_kept_ = 0;  // of dirty units, by rule 3
  // Units, as the bits of all superslabs that are ours say:
  size_t used_ = 0;  // used & ~leaving
  size_t dirty_ = 0;
  size_t leaving_ = 0;
  size_t moved_ = 0;
  size_t peak_used_ = 0;
  size_t purged_ = 0;
  size_t purged_lately_ = 0;  // less what was regretted or forgotten
  size_t regretted_ = 0;
  size_t credit_ = kCredit;  // what is left of it
  size_t least_dirty_ = 0;   // since the round began
  uint64_t taken_ms_ = 0;    // when units were taken last
  size_t freed_ = 0;         // units, since then
  size_t frees_ = 0;         // and in how many calls
  uint64_t round_began_ms_ = 0;
  size_t next_aging_ = kNone;        // the superslab from which on rule 3 is to be applied
  std::atomic<uint64_t> due_ms_{0};  // before, there is nothing to purge by rules 1 and 3
  std::atomic<bool> attended_{false};
  std::atomic<uint16_t> round_{0};
  std::atomic<size_t> growth_{0};
  std::atomic<size_t> tails_due_{0};  // bytes of tails that may go back
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SUPERSLAB_HEAP_H_
