// Whether a thread's calloc had better look which pages of a run are zero before it zeroes them
// (l25/run_pages.h). Where the program uses all of its arrays there are few, and a page without
// memory that is read first and then written costs two page faults: so a look that found few is
// followed by some callocs without one.
//
// Only for whoever has the heap.
#ifndef HAKMEM_SUPERSLAB_ZERO_SCAN_H_
#define HAKMEM_SUPERSLAB_ZERO_SCAN_H_

#include <cstddef>
#include <cstdint>

#include "core/config.h"

namespace hakmem {

class ZeroScan {
 public:
  static constexpr size_t kFew = 8;  // less than one page in so many
  static constexpr uint8_t kSkips = 3;

  constexpr ZeroScan() = default;

  // Whether to look this time.
  bool Looks() {
    if (skips_left_ == 0) return true;
    --skips_left_;
    return false;
  }
  // Of `pages` pages that were looked at, `zero` were zero.
  void Found(size_t zero, size_t pages) {
    if (zero < DivideUp(pages, kFew)) skips_left_ = kSkips;
  }

 private:
  uint8_t skips_left_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_ZERO_SCAN_H_
