#include "bench/harness/peers.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace hakmem::bench {
namespace {

// A directory of the test's own with one file in it.
class PeersTest : public ::testing::Test {
 protected:
  PeersTest() : directory_(std::string(::testing::TempDir()) + "/peers_test") {
    std::filesystem::create_directories(directory_);
    library_ = directory_ + "/libthere.so.1";
    std::ofstream(library_) << "not a library";
  }
  ~PeersTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  std::string library_;
};

Allocator Make(const std::string& key, const std::string& title, const std::string& library) {
  return {.key = key, .title = title, .library = library};
}

const std::vector<Allocator> kThree = {Make("a", "A", "/a"), Make("b", "B", "/b"),
                                       Make("c", "C", "")};

TEST_F(PeersTest, FileNameCountsBeforeDirectory) {
  EXPECT_EQ(FindLibrary({"libnone.so", "libthere.so.1"}, {"/nonexistent", directory_}), library_);
  EXPECT_EQ(FindLibrary({"libnone.so"}, {directory_}), "");
  EXPECT_EQ(FindLibrary({"."}, {directory_}), "") << "a directory is no library";
}

TEST_F(PeersTest, MissingPeersKeepTheirPackage) {
  const std::vector<Peer> peers = {{"there", "There", "libthere1", {"libthere.so.1"}},
                                   {"gone", "Gone", "libgone2", {"libgone.so.2"}}};
  const InstalledPeers installed = FindPeers(peers, {directory_});
  EXPECT_EQ(installed.found, (std::vector<Allocator>{Make("there", "There", library_)}));
  ASSERT_EQ(installed.missing.size(), 1u);
  EXPECT_EQ(installed.missing[0].package, "libgone2");
}

TEST_F(PeersTest, NamedLibrary) {
  const auto parsed = ParseNamedLibrary("mine=" + library_);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, Make("mine", "mine", library_));
}

TEST_F(PeersTest, NamedLibraryRefusals) {
  for (const char* text : {"", "=", "name", "name=", "=/path"}) {
    EXPECT_FALSE(ParseNamedLibrary(text).ok()) << text;
  }
  EXPECT_FALSE(ParseNamedLibrary("mine=" + directory_ + "/none.so").ok());
}

TEST_F(PeersTest, OthersAreTheSystemsFirstAndTheAddedLast) {
  const auto others = FindOthers({"mine=" + library_});
  ASSERT_TRUE(others.ok()) << others.status();
  EXPECT_EQ(others->found.front(), SystemAllocator());
  EXPECT_EQ(others->found.back(), Make("mine", "mine", library_));
  EXPECT_EQ(others->found.size() + others->missing.size(), KnownPeers().size() + 2);
  EXPECT_FALSE(FindOthers({"mine"}).ok());
}

TEST(SelectAllocatorsTest, NoKeysSelectAll) {
  const auto selected = SelectAllocators(kThree, {});
  ASSERT_TRUE(selected.ok());
  EXPECT_EQ(*selected, kThree);
}

TEST(SelectAllocatorsTest, KeysSelectInTheirOrder) {
  const auto selected = SelectAllocators(kThree, {"c", "a"});
  ASSERT_TRUE(selected.ok());
  EXPECT_EQ(*selected, (std::vector<Allocator>{kThree[2], kThree[0]}));
}

TEST(SelectAllocatorsTest, UnknownKeyNamesItselfAndTheKnown) {
  const auto selected = SelectAllocators(kThree, {"d"});
  ASSERT_FALSE(selected.ok());
  EXPECT_NE(selected.status().message().find("\"d\""), absl::string_view::npos);
  EXPECT_NE(selected.status().message().find("a, b, c"), absl::string_view::npos);
}

TEST(SelectAllocatorsTest, RepeatedKeyIsRefused) {
  EXPECT_FALSE(SelectAllocators(kThree, {"a", "b", "a"}).ok());
}

TEST(KnownPeersTest, EveryPeerCanBeFoundAndNamed) {
  EXPECT_GE(KnownPeers().size(), 4u);
  for (const Peer& peer : KnownPeers()) {
    EXPECT_FALSE(peer.key.empty());
    EXPECT_FALSE(peer.title.empty());
    EXPECT_FALSE(peer.package.empty());
    EXPECT_FALSE(peer.file_names.empty());
  }
  EXPECT_FALSE(LibraryDirectories().empty());
  EXPECT_EQ(SystemAllocator().library, "");
  EXPECT_FALSE(SystemAllocator().from_environment);
  EXPECT_TRUE(EnvironmentAllocator().from_environment);
}

}  // namespace
}  // namespace hakmem::bench
