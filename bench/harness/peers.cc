#include "bench/harness/peers.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace hakmem::bench {
namespace {

bool IsReadableFile(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), R_OK) == 0;
}

const Allocator* FindByKey(const std::vector<Allocator>& allocators, std::string_view key) {
  const auto found = std::find_if(allocators.begin(), allocators.end(),
                                  [key](const Allocator& a) { return a.key == key; });
  return found == allocators.end() ? nullptr : &*found;
}

}  // namespace

Allocator SystemAllocator() { return {.key = kSystemKey, .title = "system", .library = ""}; }

Allocator EnvironmentAllocator() {
  return {.key = "here", .title = "this environment's", .library = "", .from_environment = true};
}

const std::vector<Peer>& KnownPeers() {
  static const auto* const peers = new std::vector<Peer>{
      {"mimalloc", "mimalloc", "libmimalloc2.0", {"libmimalloc.so.2", "libmimalloc.so"}},
      {"jemalloc", "jemalloc", "libjemalloc2", {"libjemalloc.so.2", "libjemalloc.so"}},
      {"tcmalloc",
       "tcmalloc",
       "libtcmalloc-minimal4",
       {"libtcmalloc_minimal.so.4", "libtcmalloc_minimal.so"}},
      {"tbbmalloc",
       "tbbmalloc",
       "libtbbmalloc2",
       {"libtbbmalloc_proxy.so.2", "libtbbmalloc_proxy.so"}},
  };
  return *peers;
}

std::vector<std::string> LibraryDirectories() {
  std::vector<std::string> directories = {"/usr/local/lib"};
  utsname machine;
  if (uname(&machine) == 0) {
    directories.push_back(absl::StrCat("/usr/lib/", machine.machine, "-linux-gnu"));
  }
  directories.push_back("/usr/lib64");
  directories.push_back("/usr/lib");
  return directories;
}

std::string FindLibrary(const std::vector<std::string>& file_names,
                        const std::vector<std::string>& directories) {
  for (const std::string& name : file_names) {
    for (const std::string& directory : directories) {
      std::string path = absl::StrCat(directory, "/", name);
      if (IsReadableFile(path)) return path;
    }
  }
  return "";
}

InstalledPeers FindPeers(const std::vector<Peer>& peers,
                         const std::vector<std::string>& directories) {
  InstalledPeers result;
  for (const Peer& peer : peers) {
    std::string library = FindLibrary(peer.file_names, directories);
    if (library.empty()) {
      result.missing.push_back(peer);
    } else {
      result.found.push_back({.key = peer.key, .title = peer.title, .library = std::move(library)});
    }
  }
  return result;
}

absl::StatusOr<Allocator> ParseNamedLibrary(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    return absl::InvalidArgumentError(absl::StrCat("not NAME=PATH: \"", std::string(text), "\""));
  }
  const std::string name(text.substr(0, equals));
  const std::string path = std::filesystem::absolute(text.substr(equals + 1)).string();
  if (!IsReadableFile(path)) {
    return absl::NotFoundError(absl::StrCat(name, ": no readable file ", path));
  }
  return Allocator{.key = name, .title = name, .library = path};
}

absl::StatusOr<InstalledPeers> FindOthers(const std::vector<std::string>& added) {
  InstalledPeers others = FindPeers(KnownPeers(), LibraryDirectories());
  others.found.insert(others.found.begin(), SystemAllocator());
  for (const std::string& named : added) {
    absl::StatusOr<Allocator> allocator = ParseNamedLibrary(named);
    if (!allocator.ok()) return allocator.status();
    others.found.push_back(*std::move(allocator));
  }
  return others;
}

absl::StatusOr<std::vector<Allocator>> SelectAllocators(const std::vector<Allocator>& available,
                                                        const std::vector<std::string>& keys) {
  if (keys.empty()) return available;
  std::vector<Allocator> selected;
  for (const std::string& key : keys) {
    const Allocator* allocator = FindByKey(available, key);
    if (allocator == nullptr) {
      const std::string known =
          absl::StrJoin(available, ", ",
                        [](std::string* out, const Allocator& a) { absl::StrAppend(out, a.key); });
      return absl::NotFoundError(
          absl::StrCat("no allocator \"", key, "\" here; there are: ", known));
    }
    if (FindByKey(selected, key) != nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("allocator \"", key, "\" named twice"));
    }
    selected.push_back(*allocator);
  }
  return selected;
}

}  // namespace hakmem::bench
