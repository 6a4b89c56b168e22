// Which function of the allocation family a program called. The values stand in trace files
// (box/observe/trace_format.h): new ones go to the end.
#ifndef HAKMEM_CORE_CALL_H_
#define HAKMEM_CORE_CALL_H_

#include <cstddef>
#include <cstdint>

namespace hakmem {

enum class Call : uint8_t {
  kNone,     // no call of the program's: part of another one
  kMalloc,   //
  kCalloc,   //
  kRealloc,  // reallocarray too; realloc(p, 0) is a kFree
  kAligned,  // posix_memalign, aligned_alloc, memalign, valloc, pvalloc
  kNew,      // operator new and new[], aligned or not
  kFree,     //
  kDelete,   // operator delete and delete[]
};

// Not inline: see kStepNames.
constexpr const char* kCallNames[] = {"none",    "malloc", "calloc", "realloc",
                                      "aligned", "new",    "free",   "delete"};
inline constexpr size_t kNumCalls = sizeof(kCallNames) / sizeof(kCallNames[0]);
static_assert(kNumCalls == static_cast<size_t>(Call::kDelete) + 1);

constexpr bool IsFree(Call call) { return call == Call::kFree || call == Call::kDelete; }

// What a program asked for.
struct Request {
  size_t size = 0;
  Call call = Call::kNone;
  uint8_t alignment_log2 = 0;  // 0: none was asked for
};

}  // namespace hakmem

#endif  // HAKMEM_CORE_CALL_H_
