// A slab: one 64 KiB unit cut into blocks of one size class. Its record lies in an array apart
// from the heap (superslab/address_space.h), never beside the blocks.
//
//            carved                                   blocks_per_slab
//   +-----+-----+-----+-----+ - - - - - - - - - - - - - - +
//   | out | free| out | free|  never touched: no pages    |
//   +-----+-----+-----+-----+ - - - - - - - - - - - - - - +
//             |           ^
//             +-----------+   `free`: singly linked through the blocks, LIFO
//
// Invariants, between two operations of the owner:
//   carved = used + free_count      (used: blocks that are live, in a thread's cache, or remote)
//   carved <= blocks_per_slab
//   length of the list `free` = free_count
//   count(remote) <= used
//
// Who may touch it: the fields under "owner" only the thread that runs the owning Heap (or who
// holds the orphans' mutex, when the owner is the orphans' heap); the fields under "shared" anyone.
//
// Remote frees. A thread that frees blocks of a slab it does not own links them into a chain and
// pushes the whole chain on `remote` with one compare-and-swap. Whoever finds `remote` empty then
// also puts the slab on its owner's `pending` stack (heap.h): so a slab is on a pending stack
// exactly when `remote` is not empty (or about to be), and at most once. Only whoever takes it off
// that stack collects `remote`.
#ifndef HAKMEM_SUPERSLAB_SLAB_H_
#define HAKMEM_SUPERSLAB_SLAB_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/size_classes.h"

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
};

struct alignas(64) Slab {
  // Atomic, and first: statistics may take the record of a run (run.h) for a slab's, and the other
  // way round, at the moment when one becomes the other.
  std::atomic<uint32_t> used{0};      // blocks out (an owner's field)
  std::atomic<uint32_t> remote{0};    // shared: count << 16 | offset of the first block; 0: empty
  std::atomic<Heap*> owner{nullptr};  // shared; changes only under the orphans' mutex

  // Owner.
  FreeBlock* free = nullptr;  // returned blocks
  uint32_t free_count = 0;    // how many
  uint32_t carved = 0;        // blocks [0, carved) have been handed out at some time
  Slab* next = nullptr;       // neighbours in one of the owner's lists
  Slab* previous = nullptr;
  bool in_partial = false;  // which of the owner's lists it is in

  // Shared.
  uint8_t size_class = 0;        // never changes while the slab lives
  Slab* next_pending = nullptr;  // link of the pending stack it is on

  // Makes a fresh slab of class `c`, owned by nobody. Field by field: a moment's statistics may
  // read `used` of what this record was before.
  void Init(SizeClass c);

  // Takes up to `want` never-used blocks, in address order, writing their header bytes in the
  // header variant. Stops at a page boundary once it has something, so that no page is touched
  // before it is needed. The chain ends with null. Owner only.
  Chain Carve(char* start, uint32_t want);

  // Takes all returned blocks at once. The chain ends with null and has no tail. Owner only.
  Chain TakeFree();

  // Puts a chain of this slab's blocks back. Owner only.
  void PutFree(const Chain& chain);

  // Puts a chain of this slab's blocks on the remote list; any thread. True when the list was
  // empty: then the caller must notify the owner (Heap::NotifyPending).
  bool PushRemote(char* start, const Chain& chain);

  // Moves the remote list to the free list. Only for whoever took the slab off a pending stack.
  void CollectRemote(char* start);

  bool HasBlocks() const {
    return free != nullptr || carved < kGeometry[size_class].blocks_per_slab;
  }

  // Checks the invariants above and the list; ends the program when one is broken. Owner only.
  void Validate(const char* start) const;
};

static_assert(sizeof(Slab) == 64, "one record per cache line: neighbours must not share one");
static_assert(kUnitBytes / 8 <= UINT16_MAX, "a count of blocks and an offset share 32 bits");

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SLAB_H_
