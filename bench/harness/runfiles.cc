#include "bench/harness/runfiles.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace hakmem::bench {
namespace {

namespace fs = std::filesystem;

// Adds the directories in `tree`: one for each repository. Sorted, to be the same every time.
void AddRepositories(const std::string& tree, std::vector<std::string>* roots) {
  std::error_code error;
  std::vector<std::string> found;
  for (fs::directory_iterator entry(tree, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_directory(error)) found.push_back(entry->path().string());
  }
  std::sort(found.begin(), found.end());
  roots->insert(roots->end(), found.begin(), found.end());
}

}  // namespace

std::vector<std::string> RunfilesRoots(const std::string& program) {
  std::vector<std::string> roots;
  for (const char* variable : {"RUNFILES_DIR", "TEST_SRCDIR"}) {
    const char* tree = getenv(variable);
    if (tree != nullptr) AddRepositories(tree, &roots);
  }
  AddRepositories(program + ".runfiles", &roots);
  roots.push_back(fs::absolute(program).parent_path().parent_path().string());
  return roots;
}

std::string FindRunfile(const std::vector<std::string>& roots, const std::string& path) {
  for (const std::string& root : roots) {
    const fs::path candidate = fs::absolute(fs::path(root) / path);
    std::error_code error;
    if (fs::is_regular_file(candidate, error)) return candidate.string();
  }
  return "";
}

}  // namespace hakmem::bench
