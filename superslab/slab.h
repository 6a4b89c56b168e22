// A slab: 64 KiB, four units, cut into blocks of one size class. Its record lies in an array apart
// from the heap (superslab/address_space.h), never beside the blocks.
//
//            carved                                   blocks_per_slab
//   +-----+-----+-----+-----+ - - - - - - - - - - - - - - +
//   | out | free| out | free|  never touched: no pages    |
//   +-----+-----+-----+-----+ - - - - - - - - - - - - - - +
//             |           ^
//             +-----------+   `free`: singly linked through the blocks, LIFO
//
// Invariants, between two operations of whoever has it:
//   carved = used + length of the list `free` + marked + purged
//                                (used: blocks that are live, in a thread's cache, or remote;
//                                 marked: those that came back past a full list: slab_marks.h;
//                                 purged: those that start on purged_pages)
//   carved <= blocks_per_slab
//   length of the remote list <= used
//
// Pages that no block in use touches can go back to the kernel while others stay (slab_pages.cc).
// The blocks that start there leave the list and lose their marks, and are linked anew when there
// are no others.
//
// Who has it, and its remote list, are one atomic word, `shared`:
//
//     63                  16 15      3  2   1   0
//    +----------------------+----------+---+---+---+
//    |  owning heap, or 0   |  offset  |   | P | R |   offset: of the first remote block
//    +----------------------+----------+---+---+---+   R: there are remote blocks
//                                                      P: in the pool
//    owned      heap, and R or not     the thread that runs the heap has it
//    floating   0                      nobody: it has no block to give, or is spare
//    pooled     P                      whoever holds the pool's lock of its size class
//
//    owned    -> floating   Heap::Take left nothing to give: LetGo(kFloat)
//    owned    -> pooled     more than its owner keeps, if any, or its thread ends:
//                            LetGo(kPool)
//    owned    -> another's  its owner has a successor: PassOn
//    owned    -> floating   its last block came back, and it is spare: Heap::Release
//    owned    -> free units its last block came back: Heap::Release
//    floating -> owned      a block comes back, by whoever frees it: Claim; or it was spare
//    pooled   -> owned      SlabPool::Take, or a block comes back: SlabPool::Give
//
// An owner can let go only while there are no remote blocks: by compare-and-swap.
//
// Remote frees. A thread that frees blocks of a slab that another heap owns links them into a chain
// and pushes the whole chain with one compare-and-swap. Whoever finds no remote blocks then also
// puts the slab on its owner's `pending` stack (heap.h). So a slab is on its owner's pending stack
// exactly when it has remote blocks (or is about to be), at most once; and only whoever takes it
// off that stack collects them.
#ifndef HAKMEM_SUPERSLAB_SLAB_H_
#define HAKMEM_SUPERSLAB_SLAB_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/compiler.h"
#include "core/config.h"
#include "core/size_classes.h"
#include "superslab/slab_marks.h"

namespace hakmem {

class Heap;

// A free block: its first word links it to the next one.
struct FreeBlock {
  FreeBlock* next;
};

// A chain of `count` free blocks from `head` to `tail`; tail->next is anything, unless said
// otherwise.
struct Chain {
  FreeBlock* head = nullptr;
  FreeBlock* tail = nullptr;
  uint32_t count = 0;
  bool zeroed = false;  // the blocks read as zero, but for their links
};

struct alignas(kCacheLineBytes) Slab {
  // How many blocks are out, and kMarked times how many of the others are marked (slab_marks.h),
  // and kNoMarks if none may be. Whoever has the slab writes it, statistics read it at any time.
  std::atomic<uint32_t> counts{0};
  uint8_t touched_pages = 0;           // so many, the first ones, probably have memory behind them
  uint8_t since = 0;                   // the round in which it became thin, in the pool, or spare
  bool thin : 1 = false;               // in the pool: in the list of those; owned: noted, and kept
  bool zeroed : 1 = false;             // what is beyond touched_pages reads as zero
  uint8_t size_class = 0;              // for anyone: never changes while the slab lives
  std::atomic<uint64_t> shared{0};     // who has it, and remote blocks: see above
  std::atomic<Heap*> taker{nullptr};   // the heap that took blocks of it last; a hint
  std::atomic<Heap*> lister{nullptr};  // its owner while that has it in its list, else null

  // For whoever has it.
  FreeBlock* free = nullptr;  // returned blocks
  uint16_t carved = 0;        // blocks [0, carved) have been handed out at some time
  uint16_t purged_pages = 0;  // bit p: page p went back, with the blocks of [0, carved) that start
                              // there or the one that goes on there
  uint32_t next_pending = 0;  // link of the pending stack it is on: a unit's number and 1, or 0
  Slab* next = nullptr;       // neighbours in its list, the owner's or the pool's
  Slab* previous = nullptr;

  // Makes a fresh slab of class `c`, owned by nobody. `zero`: whether all of it reads as zero.
  // `touched`: of how many pages is likely that there is memory behind them. `may_mark`: whether
  // there is room for its marks.
  void Init(SizeClass c, bool zero, uint8_t touched, bool may_mark);

  // Blocks out, and marked ones. Relaxed: whoever has the slab counts, and statistics want no
  // order.
  uint32_t used() const { return counts.load(std::memory_order_relaxed) % kNoMarks; }
  uint32_t marked() const { return counts.load(std::memory_order_relaxed) / kMarked; }

  // Takes up to `want` never-used blocks, in address order, writing their header bytes in the
  // header variant. Stops at a page boundary once it has something, so that no page is touched
  // before it is needed; pages that are there anyway serve a few blocks at once. The chain ends
  // with null. Only for whoever has it.
  Chain Carve(char* start, uint32_t want);
  static constexpr uint32_t kAtOnce = 16;  // such blocks: bursts of 4 KiB 540 -> 324 instructions

  // How long the list of returned blocks is. Only for whoever has it.
  uint32_t FreeCount() const { return carved - used() - marked() - PurgedBlocks(); }
  bool HasReturned() const { return free != nullptr || marked() != 0; }

  // Takes up to `most` blocks of those that it has to give, at least one: from the list, or marked
  // ones, or a page's that went back, or never-used ones. The chain ends with null; its tail may be
  // unset. Only for whoever has it.
  Chain Take(char* start, SlabMarks* marks, uint32_t most);
  // Takes returned blocks from the list: all at once, or `most` where there are more, in time
  // proportional to that. The chain ends with null and has no tail. Only for whoever has it.
  Chain TakeFree(uint32_t most);
  // Takes up to `most` marked blocks, in address order. As TakeFree.
  Chain TakeMarked(char* start, SlabMarks* marks, uint32_t most);

  // Puts a chain of this slab's blocks back, on its list. Only for whoever has it.
  void PutFree(const Chain& chain);
  // Puts one back past a full list: it is marked, as a rule. Only for whoever has it.
  void PutPast(FreeBlock* b, SlabMarks* marks);

  // As PutPast, if that changes nothing else: the slab is `owner`'s and listed, has marked blocks
  // if it may, and will be neither empty nor, as far as the owner knows, thin. For the thread that
  // runs `owner`, which is not null. Of a stream of such frees the processor overlaps as many as
  // fit into its window: so nothing else is done here.
  HAK_INLINE bool PutOne(const Heap* owner, FreeBlock* b, SlabMarks* marks) {
    // Relaxed: the owner's own counts.
    const uint32_t now = counts.load(std::memory_order_relaxed);
    if (!IsListedBy(owner)) return false;
    const uint32_t out = now % kNoMarks;
    if (HAK_UNLIKELY(out <= kThinAtMost + 1) && !StaysAsItIs(out)) return false;
    if (HAK_LIKELY(now >= kMarked)) {
      if (!marks->Add(b)) return false;
      counts.store(now + kMarked - 1, std::memory_order_relaxed);
      return true;
    }
    if ((now & kNoMarks) == 0) return false;
    b->next = free;
    free = b;
    counts.store(now - 1, std::memory_order_relaxed);
    return true;
  }

  // Gives the pages that no block in use touches back to the kernel. Returns how many of them
  // carved blocks touched. In time proportional to `carved`. Only for whoever has it.
  uint32_t PurgePages(char* start, SlabMarks* marks);
  // Puts the blocks of one of purged_pages on the list. Only for whoever has it.
  void RestorePage(char* start);
  // How many pages it needs when all of it is carved.
  size_t PagesOfBlocks() const;
  static constexpr size_t kPages = kSlabBytes / kPageBytes;
  static constexpr uint32_t kThinAtMost = kPages / 2;  // blocks out: each touches a page
  // Whether PurgePages is worth its while: so few blocks are in use that they touch at most half of
  // the pages.
  bool IsThin() const {
    const uint32_t out = used();
    return HAK_UNLIKELY(out <= kThinAtMost) && NeedsFewPages(out);
  }

  // What became of blocks that were to be pushed on the remote list.
  enum class Pushed {
    kPushed,    // there were others before
    kFirst,     // they are the first: the caller must notify `*owner` (Heap::NotifyPending)
    kNotOwned,  // nothing was done: the slab floats, or is pooled
  };
  // Puts a chain of this slab's blocks on the remote list; any thread. Sets `*owner` unless
  // kNotOwned.
  Pushed PushRemote(char* start, const Chain& chain, Heap** owner);

  // Moves the remote list to the free list. Only for whoever took the slab off a pending stack.
  void CollectRemote(char* start);

  bool IsOwnedBy(const Heap* heap) const {
    // Relaxed: only the thread that runs `heap` can make this true, or false again.
    return shared.load(std::memory_order_relaxed) >> kOwnerShift ==
           reinterpret_cast<uintptr_t>(heap);
  }
  // Relaxed: likewise.
  bool IsListedBy(const Heap* heap) const { return lister.load(std::memory_order_relaxed) == heap; }
  // Relaxed: the compare-and-swap or lock that follows decides.
  bool Floats() const { return shared.load(std::memory_order_relaxed) == 0; }
  bool IsPooled() const { return (shared.load(std::memory_order_relaxed) & kPooledBit) != 0; }

  // owned -> floating, pooled (its lock held) or another's, for the owner; false when there are
  // remote blocks.
  enum class To { kFloat, kPool };
  bool LetGo(Heap* owner, To to);
  bool PassOn(Heap* owner, Heap* heir);
  // floating -> owned; false when it does not float any more. Any thread.
  bool Claim(Heap* owner);
  // Nobody's yet, or pooled and its lock held -> owned.
  void SetOwner(Heap* owner) {
    // Release: pairs with the acquire in PushRemote.
    shared.store(Owned(owner), std::memory_order_release);
  }

  bool HasBlocks() const {
    return HasReturned() || purged_pages != 0 || carved < kGeometry[size_class].blocks_per_slab;
  }

  // Checks the invariants above, the list and the marks; ends the program when one is broken. Only
  // for whoever has it.
  void Validate(const char* start, const SlabMarks* marks) const;

 private:
  static constexpr uint32_t kNoMarks = 1 << 15;
  static constexpr uint32_t kMarked = 1 << 16;
  static_assert(kPages == 16, "purged_pages has a bit for each");
  static constexpr uint64_t kRemoteBit = 1;
  static constexpr uint64_t kPooledBit = 2;
  static constexpr int kOwnerShift = 16;
  static constexpr uint64_t kOffsetMask = 0xFFF8;

  static uint64_t Owned(const Heap* heap) {
    return reinterpret_cast<uint64_t>(heap) << kOwnerShift;
  }
  bool Pass(uint64_t from, uint64_t to);
  Chain Link(char* start, uint32_t first, uint32_t count) const;
  static size_t OffsetOf(const char* start, const FreeBlock* b);
  size_t OffsetOf(uint32_t block) const {
    return kGeometry[size_class].first_block + block * size_t{kGeometry[size_class].stride};
  }
  size_t PageOf(uint32_t block) const;
  uint32_t FirstBlockOn(size_t page) const;
  size_t PagesOfFirst(uint32_t blocks) const;
  size_t CarvedPages() const;
  uint32_t PurgedBlocks() const;
  uint32_t UnneededPages(const char* start, const SlabMarks* marks) const;
  bool NeedsFewPages(uint32_t out) const;
  bool IsMarked(size_t offset, const SlabMarks* marks) const {
    return marked() != 0 && marks->Has(offset);
  }
  // Whether a slab with `out` blocks out, few, needs no look when one of them comes back.
  bool StaysAsItIs(uint32_t out) const {
    return out > 1 && (thin || (out - 1) * kGeometry[size_class].most_pages > kThinAtMost);
  }
};

static_assert(sizeof(Slab) == kCacheLineBytes,
              "one record per cache line: neighbours must not share one");
static_assert(kSlabShift == 16, "an offset in a slab has 16 bits, and a count of blocks fewer");

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SLAB_H_
