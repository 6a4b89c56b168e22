// The model passes a sound allocator and notices each way of breaking a promise.

#include <gtest/gtest.h>

#include <ostream>
#include <regex>
#include <string>

#include "testing/model/faulty_allocator.h"
#include "testing/model/model.h"

namespace hakmem::model {
namespace {

constexpr Limits kLimits = {.sizes = {0, 48 * kKiB},
                            .largest_alignment = 4 * kKiB,
                            .most_blocks = 2'000,
                            .most_touched_bytes = 16 * kMiB,
                            .most_virtual_bytes = 64 * kMiB};

struct Case {
  Fault fault;
  const char* expected;  // a regular expression for a part of the violation
};

void PrintTo(const Case& c, std::ostream* os) {
  *os << "fault " << static_cast<int>(c.fault) << ", expecting \"" << c.expected << '"';
}

class ModelSelfTest : public ::testing::TestWithParam<Case> {};

TEST_P(ModelSelfTest, NoticesTheFault) {
  for (const uint64_t seed : {1, 2, 3}) {
    Model model(AllocatorWithFault(GetParam().fault), kLimits, seed);
    model.Run(20'000, Deadline{std::chrono::seconds{30}});
    const std::string violation = model.violation();
    EXPECT_TRUE(std::regex_search(violation, std::regex(GetParam().expected))) << violation;
    EXPECT_EQ(0U, violation.find("seed " + std::to_string(seed) + " thread 0 op ")) << violation;
    std::printf("%s\n", violation.c_str());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ModelSelfTest,
    ::testing::Values(Case{Fault::kBlocksOverlap, "overlaps block|was overwritten|lost contents"},
                      Case{Fault::kLiveBlockHandedOutAgain, "overlaps block"},
                      Case{Fault::kMisalignedBlock, "is not aligned to 16"},
                      Case{Fault::kAlignmentIgnored, "is not aligned to"},
                      Case{Fault::kCallocDirty, "is not zero at offset"},
                      Case{Fault::kCallocOverflowWraps, "where it had to refuse"},
                      Case{Fault::kReallocLosesTail, "lost contents at offset"},
                      Case{Fault::kFailedReallocWrites, "was overwritten at offset 0"},
                      Case{Fault::kReallocZeroReturnsBlock, "not NULL"},
                      Case{Fault::kUsableSizeTooSmall, "usable bytes of"},
                      Case{Fault::kUsableSizeTooLarge, "overlaps|lost|not owned"},
                      Case{Fault::kUsableSizeChanges, "usable size was"},
                      Case{Fault::kZeroSizeIsNull, "refused"},
                      Case{Fault::kZeroSizeIsNotUnique, "overlaps block"},
                      Case{Fault::kFreeWritesToNeighbour, "was overwritten|lost contents"},
                      Case{Fault::kFreeChangesErrno, "changed errno"},
                      Case{Fault::kRefusalWithoutErrno, "refused with error"},
                      Case{Fault::kRefusesSmall, "refused"},
                      Case{Fault::kPosixMemalignSetsErrno, "changed errno"},
                      Case{Fault::kPosixMemalignWritesResult, "wrote its result"},
                      Case{Fault::kDoesNotOwn, "is not owned"}));

TEST(ModelSelfTest, PassesASoundAllocator) {
  for (const uint64_t seed : {1, 2, 3}) {
    Model model(AllocatorWithFault(Fault::kNone), kLimits, seed);
    model.Run(20'000, Deadline{std::chrono::seconds{30}});
    model.FreeAll();
    EXPECT_STREQ("", model.violation());
  }
}

}  // namespace
}  // namespace hakmem::model
