#include "testing/model/faulty_allocator.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace hakmem::model {
namespace {

constexpr size_t kArenaBytes = size_t{2} << 30;
constexpr size_t kLargest = size_t{64} << 10;
// Where the block of Fault::kZeroSizeIsNotUnique lies in the arena.
constexpr size_t kZeroSizeBlock = 64;

// Right before each block.
struct alignas(16) Header {
  uint64_t usable;    // a power of two, at least 16
  uint64_t recycled;  // whether free puts the block on the list of its size
};
static_assert(sizeof(Header) == 16);

struct State {
  Fault fault = Fault::kNone;
  char* arena = nullptr;
  size_t used = 0;
  char* last = nullptr;       // the block handed out last, while it lives
  void* free_lists[64] = {};  // by log2 of the usable size
  uint64_t calls = 0;         // of Take
};
State state;

// True for few calls, late enough that there is something to break.
bool Strikes(Fault fault) { return state.fault == fault && state.calls % 5 == 4; }

Header* HeaderOf(const void* p) {
  return reinterpret_cast<Header*>(reinterpret_cast<uintptr_t>(p)) - 1;
}

void* Refuse() {
  if (state.fault != Fault::kRefusalWithoutErrno) errno = ENOMEM;
  return nullptr;
}

void* Take(size_t size, size_t alignment) {
  ++state.calls;
  if (size > kLargest || alignment > kLargest || Strikes(Fault::kRefusesSmall)) return Refuse();
  if (size == 0 && state.fault == Fault::kZeroSizeIsNull) return nullptr;
  if (size == 0 && alignment <= 16 && state.fault == Fault::kZeroSizeIsNotUnique) {
    return state.arena + kZeroSizeBlock;
  }
  if (Strikes(Fault::kLiveBlockHandedOutAgain) && alignment <= 16 && state.last != nullptr &&
      HeaderOf(state.last)->usable >= size) {
    return state.last;
  }
  const size_t usable = std::bit_ceil(std::max<size_t>(size, 16));
  void*& list = state.free_lists[std::countr_zero(usable)];
  if (alignment <= 16 && list != nullptr) {
    void* p = list;
    std::memcpy(&list, p, sizeof(list));
    state.last = static_cast<char*>(p);
    return p;
  }
  const size_t start = (state.used + sizeof(Header) + alignment - 1) & ~(alignment - 1);
  if (start + usable > kArenaBytes) std::abort();
  char* p = state.arena + start;
  state.used = start + usable;
  *HeaderOf(p) = {usable, alignment <= 16};
  if (usable >= 64 && Strikes(Fault::kBlocksOverlap)) state.used -= 48;
  if (size > 8 && alignment <= 16 && Strikes(Fault::kMisalignedBlock)) {
    *HeaderOf(p + 8) = {usable - 8, 0};
    p += 8;
  }
  state.last = p;
  return p;
}

size_t UsableSize(const void* p) {
  if (p == nullptr) return 0;
  const size_t usable = HeaderOf(p)->usable;
  if (state.fault == Fault::kUsableSizeTooSmall) return usable > 16 ? usable - 9 : usable;
  if (state.fault == Fault::kUsableSizeTooLarge) return usable + 32;
  if (Strikes(Fault::kUsableSizeChanges)) return usable - 1;
  return usable;
}

void* Malloc(size_t size) { return Take(size, 16); }

void* Calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    if (state.fault != Fault::kCallocOverflowWraps) return Refuse();
    bytes %= kLargest;
  }
  void* p = Take(bytes, 16);
  if (p != nullptr) std::memset(p, 0, state.fault == Fault::kCallocDirty ? bytes / 2 : bytes);
  return p;
}

void Free(void* p) {
  if (p == nullptr) return;
  if (p == state.last) state.last = nullptr;
  Header* header = HeaderOf(p);
  if (Strikes(Fault::kFreeWritesToNeighbour)) {
    // Past the link that a free neighbour holds.
    static_cast<char*>(p)[header->usable + sizeof(Header) + 8] ^= 1;
  }
  if (header->recycled) {
    void*& list = state.free_lists[std::countr_zero(header->usable)];
    std::memcpy(p, &list, sizeof(list));
    list = p;
  }
  if (Strikes(Fault::kFreeChangesErrno)) errno = EINVAL;
}

void FreeSized(void* p, size_t) { Free(p); }
void FreeAlignedSized(void* p, size_t, size_t) { Free(p); }

void* Realloc(void* p, size_t size) {
  if (p == nullptr) return Malloc(size);
  if (size == 0) {
    Free(p);
    return state.fault == Fault::kReallocZeroReturnsBlock ? Malloc(0) : nullptr;
  }
  void* moved = Take(size, 16);
  if (moved == nullptr) {
    if (state.fault == Fault::kFailedReallocWrites) std::memset(p, 0, 1);
    return nullptr;
  }
  const size_t kept = std::min<size_t>(size, HeaderOf(p)->usable);
  // Not memcpy: with the fault that overlaps blocks these two may.
  std::memmove(moved, p, state.fault == Fault::kReallocLosesTail ? kept - 1 : kept);
  Free(p);
  return moved;
}

void* ReallocArray(void* p, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return Refuse();
  return Realloc(p, bytes);
}

void* AlignedAlloc(size_t alignment, size_t size) {
  return Take(size, state.fault == Fault::kAlignmentIgnored ? 16 : std::max<size_t>(alignment, 16));
}

int PosixMemalign(void** out, size_t alignment, size_t size) {
  if (!std::has_single_bit(alignment) || alignment % sizeof(void*) != 0) {
    if (state.fault == Fault::kPosixMemalignWritesResult) *out = nullptr;
    return EINVAL;
  }
  const int before = errno;
  void* p = AlignedAlloc(alignment, size);
  errno = state.fault == Fault::kPosixMemalignSetsErrno ? EAGAIN : before;
  if (p != nullptr) *out = p;
  return p != nullptr ? 0 : ENOMEM;
}

int Owns(const void* p) {
  const char* address = static_cast<const char*>(p);
  if (Strikes(Fault::kDoesNotOwn)) return 0;
  return address >= state.arena && address < state.arena + kArenaBytes;
}

}  // namespace

const Allocator& AllocatorWithFault(Fault fault) {
  static constexpr Allocator kTable = {
      .name = "faulty allocator",
      .malloc = Malloc,
      .calloc = Calloc,
      .realloc = Realloc,
      .reallocarray = ReallocArray,
      .aligned_alloc = AlignedAlloc,
      .posix_memalign = PosixMemalign,
      .free = Free,
      .free_sized = FreeSized,
      .free_aligned_sized = FreeAlignedSized,
      .usable_size = UsableSize,
      .owns = Owns,
      .is_hakmem = true,
  };
  if (state.arena != nullptr) munmap(state.arena, kArenaBytes);
  void* arena = mmap(nullptr, kArenaBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (arena == MAP_FAILED) std::abort();
  state = {.fault = fault, .arena = static_cast<char*>(arena)};
  *HeaderOf(state.arena + kZeroSizeBlock) = {16, 0};
  state.used = kZeroSizeBlock + 32;
  return kTable;
}

}  // namespace hakmem::model
