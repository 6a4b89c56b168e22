#include "bench/harness/json_report.h"

#include <cstddef>
#include <fstream>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hakmem::bench {
namespace {

// `[item 0,item 1,...]`.
std::string JsonArray(size_t count, const std::function<std::string(size_t)>& item) {
  std::string text = "[";
  for (size_t i = 0; i < count; ++i) absl::StrAppend(&text, i > 0 ? "," : "", item(i));
  return text + "]";
}

std::string FormatRound(const Metrics& metrics) {
  std::string text = absl::StrCat("{\"malloc_library\": ", JsonString(metrics.malloc_library));
  for (const auto& [key, value] : metrics.values) {
    // 17 digits give every double back exactly.
    absl::StrAppend(&text, ", ", JsonString(key), ": ", absl::StrFormat("%.17g", value));
  }
  return text + "}";
}

std::string FormatCell(const Allocator& allocator, const Cell& cell) {
  return absl::StrCat(
      "\n    {\"key\": ", JsonString(allocator.key), ", \"title\": ", JsonString(allocator.title),
      ", \"library\": ", JsonString(allocator.library), ", \"failure\": ", JsonString(cell.failure),
      ", \"rounds\": ",
      JsonArray(cell.rounds.size(),
                [&cell](size_t i) { return "\n      " + FormatRound(cell.rounds[i]); }),
      "}");
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&result, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string FormatJson(std::string_view program, const Comparison& comparison,
                       const ResultGrid& grid) {
  const auto format_workload = [&comparison, &grid](size_t w) {
    const Workload& workload = comparison.workloads[w];
    return absl::StrCat(
        "\n  {\"title\": ", JsonString(workload.title), ", \"arguments\": ",
        JsonArray(workload.arguments.size(),
                  [&workload](size_t i) { return JsonString(workload.arguments[i]); }),
        ", \"allocators\": ",
        JsonArray(comparison.allocators.size(),
                  [&comparison, &grid, w](size_t i) {
                    return FormatCell(comparison.allocators[i], grid[w][i]);
                  }),
        "}");
  };
  return absl::StrCat("{\"program\": ", JsonString(program), ", \"rounds\": ", comparison.rounds,
                      ", \"workloads\": ", JsonArray(comparison.workloads.size(), format_workload),
                      "}\n");
}

absl::Status WriteFile(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (!file) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

}  // namespace hakmem::bench
