// A model of what an allocator promises (box/hakmem.h), driven by random operations.
//
// A Model calls the functions of an Allocator with random arguments, keeps a record of every block
// that it was given, and checks each answer:
//   - an address is aligned as asked, else to 16 bytes, or to 8 for a block of up to 8 bytes;
//   - usable_size >= requested size, stays what it was, and all of it can be written;
//   - no two live blocks overlap, blocks of 0 bytes included;
//   - contents stay what was written, through realloc up to the smaller of the two sizes;
//   - calloc's memory is zero, whatever was there before;
//   - a request that can't be met gives NULL and ENOMEM (EINVAL for a bad alignment) and leaves the
//     block as it was; freeing, and posix_memalign, leave errno alone.
//
// A Model belongs to one thread at a time. Blocks go from one thread's model to another's through
// Release and Adopt; overlaps between threads show in the contents, and again where a model adopts
// the blocks of all.
#ifndef HAKMEM_TESTING_MODEL_MODEL_H_
#define HAKMEM_TESTING_MODEL_MODEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/test_random.h"
#include "testing/model/allocator.h"
#include "testing/model/live_blocks.h"
#include "testing/model/scale.h"
#include "testing/model/sizes.h"

namespace hakmem::model {

// What one model asks for at most. A model frees blocks to stay within the two sums.
struct Limits {
  SizeRange sizes = {0, kGiB};
  size_t largest_alignment = kGiB;
  size_t most_blocks = 20'000;
  size_t most_touched_bytes = 192 * kMiB;
  size_t most_virtual_bytes = 3 * kGiB;
  // Requests of so many bytes and more may be refused, for want of memory or address space.
  size_t may_be_refused = 128 * kMiB;
};

// What a model does, as it counts it.
enum Operation : size_t {
  kMalloc,
  kCalloc,
  kRealloc,  // reallocarray as well
  kAligned,  // aligned_alloc, posix_memalign
  kFree,     // in all its forms
  kTooMuch,  // a request that nobody can meet
  kLook,     // a check of a block's contents, between times
  kOperations,
};
// Not inline: see kStepNames.
constexpr std::array<const char*, kOperations> kOperationNames = {
    "malloc", "calloc", "realloc", "aligned", "free", "too much", "look"};

struct Counts {
  std::array<uint64_t, kOperations> operations{};
  uint64_t refused = 0;  // requests of Limits::may_be_refused bytes and more
};

class Model {
 public:
  // `thread` tells the models of one test apart: their ids and random sequences differ.
  Model(const Allocator& allocator, const Limits& limits, uint64_t seed, unsigned thread = 0);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  // Each of these returns false if it, or one before it, saw a broken promise; violation() then
  // tells of the first, with the seed and the number of the operation.

  // One random operation.
  bool Step();
  // `operations` steps, fewer when `deadline` passes.
  bool Run(size_t operations, const Deadline& deadline);
  // Takes over a block that another model released.
  bool Adopt(const Block& block);
  // Frees every block, after a look at its contents.
  bool FreeAll();

  // Gives up a random block without freeing it. Only while live_blocks() > 0.
  Block Release() { return live_.Remove(live_.PickRandom(random_)); }

  size_t live_blocks() const { return live_.size(); }
  uint64_t operations() const { return operation_; }
  const Counts& counts() const { return counts_; }
  // The counts since the last call.
  Counts TakeCounts() { return std::exchange(counts_, {}); }
  bool ok() const { return violation_[0] == '\0'; }
  const char* violation() const { return violation_; }

 private:
  // The call that is being checked, for the message.
  struct Call {
    const char* function;
    const void* p;
    size_t first;
    size_t second;
  };

  void Allocate();
  void AllocatePlain(size_t size);
  void AllocateAligned(size_t size, size_t alignment);
  void Reallocate();
  void FinishReallocate(const Block& old, void* p, size_t new_size);
  void Free(size_t i);
  void AskTheImpossible();
  void AskImpossibleReallocation();

  // Room for `size` bytes within the limits: frees blocks, or returns a smaller size.
  size_t MakeRoom(size_t size, size_t alignment);
  // Checks that a call for `size` bytes returned `p` == NULL and errno says why.
  void CheckRefusal(const void* p, size_t size, int expected_error);
  // Checks a fresh block and enters it into live_, unwritten. False after a violation.
  bool Enter(void* p, Block block);
  void CheckContents(const Block& block);
  void CheckErrnoKept(int expected);

  [[gnu::format(printf, 2, 3)]] void Fail(const char* format, ...);

  const Allocator& allocator_;
  const Limits limits_;
  const uint64_t seed_;
  const unsigned thread_;
  TestRandom random_;
  LiveBlocks live_;
  uint64_t operation_ = 0;
  Counts counts_;
  uint64_t next_id_;
  // How many blocks the current phase of the test steers towards.
  size_t target_blocks_ = 1;
  Call call_ = {};
  char violation_[512] = {};
};

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_MODEL_H_
