#include "testing/model/live_blocks.h"

#include <gtest/gtest.h>

#include <set>

#include "core/test_random.h"

namespace hakmem::model {
namespace {

// The addresses are only compared, never followed.
Block MakeBlock(uintptr_t start, size_t usable) {
  return {reinterpret_cast<char*>(start), usable, usable, 1, start, Origin::kPlain};
}

TEST(LiveBlocksTest, NeighboursDoNotOverlap) {
  LiveBlocks blocks;
  EXPECT_EQ(nullptr, blocks.Add(MakeBlock(1000, 100)));
  EXPECT_EQ(nullptr, blocks.Add(MakeBlock(1100, 100)));
  EXPECT_EQ(nullptr, blocks.Add(MakeBlock(900, 100)));
  EXPECT_EQ(3U, blocks.size());
}

TEST(LiveBlocksTest, OverlapsAreFoundOnEachSideAndWithin) {
  LiveBlocks blocks;
  ASSERT_EQ(nullptr, blocks.Add(MakeBlock(1000, 100)));
  ASSERT_EQ(nullptr, blocks.Add(MakeBlock(2000, 0)));
  const Block attempts[] = {MakeBlock(1000, 100), MakeBlock(999, 2),   MakeBlock(1099, 1),
                            MakeBlock(1050, 0),   MakeBlock(900, 300), MakeBlock(2000, 0),
                            MakeBlock(1990, 11)};
  for (const Block& block : attempts) {
    EXPECT_NE(nullptr, blocks.Add(block)) << block.id << " " << block.usable;
  }
  EXPECT_EQ(2U, blocks.size());
}

TEST(LiveBlocksTest, RemovedBlocksMakeRoom) {
  LiveBlocks blocks;
  for (uintptr_t i = 1; i <= 100; ++i) ASSERT_EQ(nullptr, blocks.Add(MakeBlock(i * 100, 100)));
  TestRandom random(1);
  std::set<char*> removed;
  while (!blocks.empty()) {
    const Block block = blocks.Remove(blocks.PickRandom(random));
    EXPECT_TRUE(removed.insert(block.start).second);
    ASSERT_EQ(nullptr, blocks.Add(block));
    removed.insert(blocks.Remove(blocks.size() - 1).start);
  }
  EXPECT_EQ(100U, removed.size());
  EXPECT_EQ(0U, blocks.virtual_bytes());
  EXPECT_EQ(0U, blocks.touched_bytes());
}

TEST(LiveBlocksTest, SumsFollowTheBlocks) {
  LiveBlocks blocks;
  blocks.Add(MakeBlock(1 << 20, 1000));
  EXPECT_EQ(1001U, blocks.virtual_bytes());
  EXPECT_EQ(1000U, blocks.touched_bytes());
  blocks.Add(MakeBlock(uintptr_t{1} << 40, size_t{1} << 30));
  EXPECT_GT(blocks.virtual_bytes(), size_t{1} << 30);
  EXPECT_LT(blocks.touched_bytes(), size_t{32} << 20);
}

}  // namespace
}  // namespace hakmem::model
