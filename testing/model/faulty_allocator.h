// A small allocator that can be told to break one promise: it proves that the model notices.
#ifndef HAKMEM_TESTING_MODEL_FAULTY_ALLOCATOR_H_
#define HAKMEM_TESTING_MODEL_FAULTY_ALLOCATOR_H_

#include "testing/model/allocator.h"

namespace hakmem::model {

enum class Fault {
  kNone,
  kBlocksOverlap,
  kLiveBlockHandedOutAgain,
  kMisalignedBlock,
  kAlignmentIgnored,
  kCallocDirty,
  kCallocOverflowWraps,
  kReallocLosesTail,
  kFailedReallocWrites,
  kReallocZeroReturnsBlock,
  kUsableSizeTooSmall,
  kUsableSizeTooLarge,
  kUsableSizeChanges,
  kZeroSizeIsNull,
  kZeroSizeIsNotUnique,
  kFreeWritesToNeighbour,
  kFreeChangesErrno,
  kRefusalWithoutErrno,
  kRefusesSmall,
  kPosixMemalignSetsErrno,
  kPosixMemalignWritesResult,
  kDoesNotOwn,
};

// Serves blocks up to 64 KiB, from an arena that starts anew with each call; the blocks and the
// table of calls before are void. Not thread-safe.
const Allocator& AllocatorWithFault(Fault fault);

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_FAULTY_ALLOCATOR_H_
