#include "bench/compare/trial.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hakmem::bench {
namespace {

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error) && !error;
}

bool IsWorker(const Row& row) { return row.group == kSyntheticGroup; }

absl::StatusOr<TrialResult> ReadWorker(const Allocator& allocator, ProcessResult process) {
  const std::string line = process.report.substr(0, process.report.find('\n'));
  absl::StatusOr<Metrics> metrics = ParseReport(line);
  if (!metrics.ok()) return metrics.status();
  if (!allocator.library.empty() && !IsSameFile(metrics->malloc_library, allocator.library)) {
    return absl::FailedPreconditionError(
        absl::StrCat("preload had no effect: malloc is from ", metrics->malloc_library));
  }
  // The worker's own figures leave out what happens after its work; counters it has none.
  metrics->values.merge(process.values);
  return TrialResult{*std::move(metrics), std::move(process.samples)};
}

}  // namespace

std::string FileChecksum(const std::string& path) {
  // FNV-1a: short, and no adversary is at work.
  uint64_t hash = 0xcbf29ce484222325u;
  uint64_t length = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return "";
  std::array<char, 1 << 16> buffer;
  while (file.read(buffer.data(), buffer.size()) || file.gcount() > 0) {
    for (std::streamsize i = 0; i < file.gcount(); ++i) {
      hash = (hash ^ static_cast<unsigned char>(buffer[static_cast<size_t>(i)])) * 0x100000001b3u;
    }
    length += static_cast<uint64_t>(file.gcount());
  }
  return absl::StrFormat("%016x, %d bytes", hash, length);
}

ProcessSpec Trials::SpecOf(const Row& row, const Allocator& allocator) const {
  ProcessSpec spec = row.process;
  spec.preload = allocator.library.empty() ? row.system_preload : allocator.library;
  if (!IsWorker(row)) spec.output = OutputFile();
  return spec;
}

absl::Status Trials::Prepare(const Row& row) {
  if (IsWorker(row)) return absl::OkStatus();
  const absl::StatusOr<ProcessResult> process = RunMeasured(SpecOf(row, SystemAllocator()));
  if (!process.ok()) return process.status();
  outputs_[row.name] = FileChecksum(OutputFile());
  return absl::OkStatus();
}

absl::StatusOr<TrialResult> Trials::Run(const Row& row, const Allocator& allocator) {
  absl::StatusOr<ProcessResult> process = RunMeasured(SpecOf(row, allocator));
  if (!process.ok()) return process.status();
  return IsWorker(row) ? ReadWorker(allocator, *std::move(process))
                       : ReadProgram(row, allocator, *std::move(process));
}

absl::StatusOr<TrialResult> Trials::ReadProgram(const Row& row, const Allocator& allocator,
                                                ProcessResult process) const {
  if (!allocator.library.empty() && !process.preload_mapped) {
    return absl::FailedPreconditionError("preload had no effect: the library was not mapped");
  }
  const std::string output = FileChecksum(OutputFile());
  const auto expected = outputs_.find(row.name);
  if (expected == outputs_.end()) return absl::FailedPreconditionError("not prepared");
  if (output != expected->second) {
    return absl::DataLossError(
        absl::StrCat("output differs from the system's: ", output, "; not ", expected->second));
  }
  TrialResult result = {.metrics = {}, .rss = std::move(process.samples)};
  result.metrics.values = std::move(process.values);
  result.metrics.values["seconds"] = process.seconds;
  result.metrics.malloc_library = allocator.library;
  return result;
}

}  // namespace hakmem::bench
