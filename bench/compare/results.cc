#include "bench/compare/results.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace hakmem::bench {

// Found by argument-dependent lookup, so not in the unnamed namespace.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Allocator, key, title, library)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CellResult, failure, rounds, rss)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RowResult, name, title, group, memory, cells)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Results, machine, date, quick, rounds, allocators, rows)

std::string ToJson(const Results& results) {
  nlohmann::json json = results;
  json["program"] = "compare";
  return json.dump(1) + "\n";
}

absl::StatusOr<Results> FromJson(const std::string& text) {
  Results results;
  // The library reports what is wrong by exceptions only.
  try {
    nlohmann::json::parse(text).get_to(results);
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
  for (const RowResult& row : results.rows) {
    if (row.cells.size() != results.allocators.size()) {
      return absl::InvalidArgumentError(absl::StrCat("row ", row.name, " has ", row.cells.size(),
                                                     " cells for ", results.allocators.size(),
                                                     " allocators"));
    }
  }
  return results;
}

absl::StatusOr<Results> ReadResults(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  absl::StatusOr<Results> results = FromJson(text);
  if (!results.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", std::string(results.status().message())));
  }
  return results;
}

}  // namespace hakmem::bench
