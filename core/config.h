// Build variants as values. Every `--define` (tools/variants.bzl) arrives here as a macro that is
// always defined, becomes a constant once, and is plain `if constexpr` everywhere else.
#ifndef HAKMEM_CORE_CONFIG_H_
#define HAKMEM_CORE_CONFIG_H_

#include <cstddef>

namespace hakmem::config {

// How the header variant learns that the byte before a pointer may be read.
enum class HeaderGuard : int {
  kRange = 0,    // the pointer lies in hakmem's own address range
  kHybrid = 1,   // the page boundary test, with mincore() behind it (Phase 7)
  kMincore = 2,  // mincore() on every free, to measure against
};

// --define header_classidx: free() finds the size class in a byte before the block, not in the
// region map.
inline constexpr bool kHeader = HAKMEM_HEADER_CLASSIDX != 0;
// --define header_guard.
inline constexpr HeaderGuard kHeaderGuard = static_cast<HeaderGuard>(HAKMEM_HEADER_GUARD);
// --define size_classes=pow2: Phase 7's eight power-of-two tiny classes.
inline constexpr bool kPow2 = HAKMEM_SIZE_CLASSES_POW2 != 0;
// --define stats=1: exact counts of the step that served each malloc and free.
inline constexpr bool kStats = HAKMEM_STATS != 0;
// --define validate=1: assertions, and on slow paths the Validate() of slabs.
inline constexpr bool kValidate = HAKMEM_VALIDATE != 0;
// --define hardened=1: reserved.
inline constexpr bool kHardened = HAKMEM_HARDENED != 0;

// Not a define: built with ThreadSanitizer, which accepts only some addresses and shadows all that
// is mapped, or with AddressSanitizer.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

static_assert(kHeader || kHeaderGuard == HeaderGuard::kRange,
              "header_guard=hybrid|mincore says how to read a header byte: it needs "
              "header_classidx=1");
static_assert(!kHardened, "hardened=1 is reserved: the hardened variant does not exist yet");
static_assert(sizeof(void*) == 8, "hakmem needs a 64-bit address space");

}  // namespace hakmem::config

namespace hakmem {

inline constexpr size_t kPageBytes = 4096;
// What a page of the kernel's page tables maps, and what it can move in one step.
inline constexpr size_t kPageTableBytes = size_t{2} * 1024 * 1024;
inline constexpr size_t kCacheLineBytes = 64;
// The unit of the region map: slabs and runs are whole units.
inline constexpr size_t kUnitShift = 14;
inline constexpr size_t kUnitBytes = size_t{1} << kUnitShift;
// A slab is so many units, at an address that is a multiple of its size.
inline constexpr size_t kSlabShift = 16;
inline constexpr size_t kSlabBytes = size_t{1} << kSlabShift;
inline constexpr size_t kUnitsPerSlab = kSlabBytes / kUnitBytes;
constexpr size_t UnitsOfMiB(size_t mebibytes) { return mebibytes * 1024 * 1024 / kUnitBytes; }
// A superslab is what the heap grows by, at least; one word of bits describes its units.
inline constexpr size_t kUnitsPerSuperslab = 64;
inline constexpr size_t kSuperslabBytes = kUnitsPerSuperslab * kUnitBytes;

// malloc's alignment for requests above 8 bytes (max_align_t of the x86-64 and AArch64 ABIs).
inline constexpr size_t kMinAlignment = 16;

// `multiple` is a power of two.
constexpr size_t RoundUp(size_t n, size_t multiple) { return (n + multiple - 1) & ~(multiple - 1); }
constexpr size_t RoundDown(size_t n, size_t multiple) { return n & ~(multiple - 1); }
constexpr size_t DivideUp(size_t n, size_t by) { return (n + by - 1) / by; }

}  // namespace hakmem

#endif  // HAKMEM_CORE_CONFIG_H_
