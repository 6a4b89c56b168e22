// Which block a pointer is: the full answer, for every call but the hit path of free.
#ifndef HAKMEM_BOX_BLOCK_H_
#define HAKMEM_BOX_BLOCK_H_

#include <cstddef>
#include <string_view>

#include "core/size_classes.h"

namespace hakmem {

struct Block {
  enum class Kind {
    kInvalid,  // not a block: `reason` and `box` say why
    kSlab,     // a block of a size class
    kRun,      // a run
  };

  Kind kind = Kind::kInvalid;
  SizeClass size_class = kNoClass;  // of a kSlab
  size_t unit = 0;                  // of a kRun: its number
  char* start = nullptr;            // the block itself; before `p` when `p` was aligned inside it
  size_t usable = 0;                // bytes from `p` on that the caller may use
  std::string_view reason;
  std::string_view box;
};

// Finds the block that was handed out as `p`. Never touches memory that is not hakmem's. Whether
// a block of a slab is still live can't be seen here.
Block FindBlock(const void* p);

}  // namespace hakmem

#endif  // HAKMEM_BOX_BLOCK_H_
