// The allocators that a comparison runs under: which there are, and where their libraries lie.
//
// Libraries are found by looking for their files in the usual directories; none is loaded into the
// runner. A new peer is one entry of the table in peers.cc.
#ifndef BENCH_HARNESS_PEERS_H_
#define BENCH_HARNESS_PEERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace hakmem::bench {

// An allocator to measure.
struct Allocator {
  std::string key;      // on the command line and in JSON: "tcmalloc"
  std::string title;    // in tables
  std::string library;  // absolute path of the library to preload; empty: the system's malloc
  // Instead of `library`: whatever the runner's own environment preloads.
  bool from_environment = false;

  friend bool operator==(const Allocator&, const Allocator&) = default;
};

// An allocator of others that Debian ships.
struct Peer {
  std::string key;
  std::string title;
  std::string package;                  // the Debian package that brings it
  std::vector<std::string> file_names;  // of its preload library, the preferred one first
};

// What was found and what was not.
struct InstalledPeers {
  std::vector<Allocator> found;
  std::vector<Peer> missing;
};

// The key of the system's allocator, which every ratio refers to.
inline constexpr char kSystemKey[] = "system";

// The system's allocator.
Allocator SystemAllocator();

// The allocator that the runner's own environment selects.
Allocator EnvironmentAllocator();

// The table of peers, in the order of their rows.
const std::vector<Peer>& KnownPeers();

// The directories in which libraries of this machine's architecture are installed.
std::vector<std::string> LibraryDirectories();

// The path of the first of `file_names` that is a readable file in one of `directories`. The file
// name counts before the directory. Empty when there is none.
std::string FindLibrary(const std::vector<std::string>& file_names,
                        const std::vector<std::string>& directories);

// Looks for every peer of `peers` in `directories`.
InstalledPeers FindPeers(const std::vector<Peer>& peers,
                         const std::vector<std::string>& directories);

// Reads "NAME=PATH": an allocator that the user brings. The path is made absolute, and must be a
// readable file.
absl::StatusOr<Allocator> ParseNamedLibrary(std::string_view text);

// All that are not hakmem's own: the system's, the peers that are installed, then those that
// `added` names.
absl::StatusOr<InstalledPeers> FindOthers(const std::vector<std::string>& added);

// Those of `available` that `keys` names, in the order of `keys`; all when `keys` is empty. An
// unknown or repeated key is an error that names it.
absl::StatusOr<std::vector<Allocator>> SelectAllocators(const std::vector<Allocator>& available,
                                                        const std::vector<std::string>& keys);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_PEERS_H_
