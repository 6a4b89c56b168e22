#include "superslab/slab_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/test_random.h"

namespace hakmem {
namespace {

void ExpectHas(const SlabList& list, const std::vector<Slab*>& expected) {
  std::vector<Slab*> forward;
  for (Slab* slab = list.front(); slab != nullptr; slab = slab->next) forward.push_back(slab);
  ASSERT_EQ(forward, expected);
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(expected[i]->previous, i == 0 ? nullptr : expected[i - 1]);
  }
  ASSERT_EQ(list.empty(), expected.empty());
  ASSERT_EQ(list.size(), expected.size());
}

TEST(SlabListTest, StartsEmpty) {
  static constinit SlabList list;
  ExpectHas(list, {});
}

TEST(SlabListTest, RemovesFromEveryPlace) {
  for (size_t victim = 0; victim < 3; ++victim) {
    Slab slabs[3];
    SlabList list;
    std::vector<Slab*> expected;
    for (Slab& slab : slabs) {
      list.PushBack(&slab);
      expected.push_back(&slab);
      ExpectHas(list, expected);
    }
    list.Remove(&slabs[victim]);
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(victim));
    ExpectHas(list, expected);
    list.PushBack(&slabs[victim]);
    expected.push_back(&slabs[victim]);
    ExpectHas(list, expected);
  }
}

TEST(SlabListTest, AgreesWithAVectorOverRandomSteps) {
  TestRandom random(TestSeed(3));
  std::vector<Slab> slabs(12);
  std::vector<Slab*> in;
  std::vector<Slab*> out;
  for (Slab& slab : slabs) out.push_back(&slab);
  SlabList list;
  for (int step = 0; step < 3000; ++step) {
    const bool push = in.empty() || (!out.empty() && random.OneIn(2));
    std::vector<Slab*>& from = push ? out : in;
    const auto i = static_cast<std::ptrdiff_t>(random.Below(from.size()));
    Slab* const slab = from[static_cast<size_t>(i)];
    from.erase(from.begin() + i);
    if (push) {
      list.PushBack(slab);
      in.push_back(slab);
    } else {
      list.Remove(slab);
      out.push_back(slab);
    }
    ExpectHas(list, in);
  }
}

}  // namespace
}  // namespace hakmem
