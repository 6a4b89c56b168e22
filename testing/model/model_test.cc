// Random operations of one thread, for whole and partial ranges of sizes.

#include "testing/model/model.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <tuple>

#include "testing/model/seeds.h"

namespace hakmem::model {
namespace {

struct Profile {
  const char* name;
  Limits limits;
  size_t operations;
};

void PrintTo(const Profile& profile, std::ostream* os) { *os << profile.name; }

constexpr Profile kProfiles[] = {
    {"AllSizes", {}, 25'000},
    {"Tiny", {.sizes = {0, kKiB}, .largest_alignment = kKiB, .most_blocks = 60'000}, 150'000},
    {"Mid", {.sizes = {kKiB, 40 * kKiB}, .largest_alignment = 64 * kKiB}, 40'000},
    {"Large", {.sizes = {30 * kKiB, 8 * kMiB}, .largest_alignment = 4 * kMiB}, 3'000},
    {"Huge", {.sizes = {kMiB, kGiB}}, 1'000},
};

class ModelTest : public ::testing::TestWithParam<std::tuple<Profile, uint64_t>> {};

TEST_P(ModelTest, RandomOperations) {
  const auto& [profile, standard_seed] = GetParam();
  const Deadline deadline{std::chrono::seconds{8}};
  Model model(AllocatorUnderTest(), profile.limits, ChosenSeed(standard_seed));
  model.Run(Scaled(profile.operations), deadline);
  const size_t live = model.live_blocks();
  model.FreeAll();
  std::printf("%s: %llu operations, %zu blocks at the end, %llu refused\n",
              AllocatorUnderTest().name, static_cast<unsigned long long>(model.operations()), live,
              static_cast<unsigned long long>(model.counts().refused));
  EXPECT_STREQ("", model.violation());
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelTest,
                         ::testing::Combine(::testing::ValuesIn(kProfiles),
                                            ::testing::Values(1, 2, 3)),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + std::string("Seed") +
                                  std::to_string(std::get<1>(info.param));
                         });

}  // namespace
}  // namespace hakmem::model
