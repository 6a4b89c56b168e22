// compare: all workloads, synthetic ones and real programs, under hakmem and its peers.
//
//   main -> FindAllocators, the rows   what runs under what
//        -> Measure                    every trial in a process of its own, interleaved
//        -> tables, JSON, HTML, Markdown, the comparison with a baseline
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bench/compare/baseline.h"
#include "bench/compare/charts.h"
#include "bench/compare/html_report.h"
#include "bench/compare/markdown.h"
#include "bench/compare/measure.h"
#include "bench/compare/programs.h"
#include "bench/compare/results.h"
#include "bench/compare/rows.h"
#include "bench/compare/tables.h"
#include "bench/compare/trial.h"
#include "bench/harness/command_line.h"
#include "bench/harness/json_report.h"
#include "bench/harness/peers.h"
#include "bench/harness/report.h"
#include "bench/harness/runfiles.h"

ABSL_FLAG(bool, list, false, "List the rows and stop.");
ABSL_FLAG(std::vector<std::string>, only, {},
          "NAME,...: run only these rows; each may be a regular expression.");
ABSL_FLAG(bool, quick, false, "Less work and one round: all rows in under 3 minutes.");
ABSL_FLAG(int, rounds, 0, "How often each row runs under each allocator; 0: 5, or 1 if --quick.");
ABSL_FLAG(std::vector<std::string>, allocators, {},
          "The allocators to compare, by name and in this order: hakmem, hakmem_header, system, "
          "mimalloc, jemalloc, tcmalloc, tbbmalloc, and those of --add. Default: all there are.");
ABSL_FLAG(std::vector<std::string>, add, {}, "NAME=PATH,...: further libraries to compare.");
ABSL_FLAG(std::string, json, "", "A file to write every figure of every round to.");
ABSL_FLAG(std::string, html, "", "A file to write a page with charts to.");
ABSL_FLAG(std::string, markdown, "",
          "A file to write the summary to, as docs/benchmarks.md has it.");
ABSL_FLAG(std::string, svg, "",
          "A file to write the ratio charts to, as docs/benchmarks.md has them.");
ABSL_FLAG(std::string, baseline, "",
          "A file of --json from an earlier run; the exit status is 3 when this one is worse.");
ABSL_FLAG(std::string, from, "", "A file of --json to report on, instead of measuring.");
ABSL_FLAG(
    std::string, cache, "",
    "Where the programs' inputs are kept; default: $XDG_CACHE_HOME/hakmem or ~/.cache/hakmem.");
ABSL_FLAG(double, scale, 1, "The amount of work of the synthetic workloads.");
ABSL_FLAG(bool, self_check, false,
          "Check the contents of all blocks. The figures are then not an allocator's speed.");

namespace hakmem::bench {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitRegression = 3;
constexpr size_t kDefaultRounds = 5;
constexpr size_t kQuickRounds = 1;

// Workspace-relative paths of what the BUILD file gives as data.
constexpr const char* kWorkerPackages[] = {"bench/", "bench/compare/workloads/"};
constexpr char kMakeInputs[] = "bench/compare/programs/make_inputs.py";

// A variant of hakmem that the BUILD file gives as data.
struct Variant {
  const char* key;
  const char* title;
  const char* path;  // workspace-relative
};
constexpr Variant kVariants[] = {
    {"hakmem", "hakmem (map)", "bench/libhakmem_map.so"},
    {"hakmem_header", "hakmem (header)", "bench/libhakmem_header.so"},
};

constexpr char kUsage[] =
    "Synthetic workloads and real programs under hakmem, the system's allocator and its peers.\n\n"
    "  compare                              all rows, 5 rounds\n"
    "  compare --quick                      a first look\n"
    "  compare --only=larson,batch_.*       some rows; --list shows all\n"
    "  compare --json=new.json --baseline=old.json\n"
    "  compare --from=new.json --html=report.html\n\n"
    "The exit status is 1 when a trial failed, 2 when the arguments are wrong, 3 when --baseline\n"
    "found a regression. docs/benchmarks.md says how to read the output.";

int Fail(const absl::Status& status, int exit_status) {
  std::cerr << "compare: " << std::string(status.message()) << "\n";
  return exit_status;
}

// hakmem's variants, the system's, the peers, then those of --add.
absl::StatusOr<std::vector<Allocator>> FindAllocators(const std::vector<std::string>& roots) {
  std::vector<Allocator> allocators;
  for (const Variant& ours : kVariants) {
    const std::string library = FindRunfile(roots, ours.path);
    if (library.empty()) return absl::NotFoundError(absl::StrCat("no ", ours.path));
    allocators.push_back({.key = ours.key, .title = ours.title, .library = library});
  }
  const absl::StatusOr<InstalledPeers> others = FindOthers(absl::GetFlag(FLAGS_add));
  if (!others.ok()) return others.status();
  allocators.insert(allocators.end(), others->found.begin(), others->found.end());
  return SelectAllocators(allocators, absl::GetFlag(FLAGS_allocators));
}

// Writes the files that the flags ask for.
absl::Status WriteFiles(const Results& results) {
  const std::pair<std::string, std::string> files[] = {
      {absl::GetFlag(FLAGS_json), ToJson(results)},
      {absl::GetFlag(FLAGS_html), FormatHtml(results)},
      {absl::GetFlag(FLAGS_markdown), FormatMarkdown(results)},
      {absl::GetFlag(FLAGS_svg), RatioPicture(results)}};
  for (const auto& [path, text] : files) {
    if (path.empty()) continue;
    const absl::Status status = WriteFile(path, text);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// The run to compare with; nothing when no flag names one.
absl::StatusOr<std::optional<Results>> FindBaseline() {
  const std::string path = absl::GetFlag(FLAGS_baseline);
  if (path.empty()) return std::nullopt;
  absl::StatusOr<Results> results = ReadResults(path);
  if (!results.ok()) return results.status();
  return *std::move(results);
}

// Reports on `results` as the flags ask. Returns the exit status.
int Report(const Results& results, const std::optional<Results>& baseline) {
  for (const RowResult& row : results.rows) std::cout << "\n" << FormatRow(results, row);
  std::cout << "\n" << FormatSummary(results);
  const absl::Status written = WriteFiles(results);
  if (!written.ok()) return Fail(written, kExitFailed);
  bool regressed = false;
  if (baseline.has_value()) {
    const absl::StatusOr<std::vector<Change>> changes = CompareWithBaseline(*baseline, results);
    if (!changes.ok()) return Fail(changes.status(), kExitUsage);
    std::cout << "\n" << FormatChanges(*changes);
    for (const Change& change : *changes) regressed = regressed || change.IsRegression();
  }
  if (AnyFailed(results)) return kExitFailed;
  return regressed ? kExitRegression : 0;
}

// A new directory with a short path, gone with this object.
class ScratchDirectory {
 public:
  ScratchDirectory() : path_(mkdtemp(template_) == nullptr ? "" : template_) {}
  ~ScratchDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  char template_[32] = "/tmp/hakmem-compare-XXXXXX";
  std::string path_;
};

// All rows that the flags select.
absl::StatusOr<std::vector<Row>> FindRows(const std::vector<std::string>& roots,
                                          const std::string& scratch) {
  RowOptions options = {.scale = absl::GetFlag(FLAGS_scale),
                        .self_check = absl::GetFlag(FLAGS_self_check),
                        .quick = absl::GetFlag(FLAGS_quick)};
  for (const std::string& name : WorkerNames()) {
    for (const char* package : kWorkerPackages) {
      const std::string path = FindRunfile(roots, package + name);
      if (!path.empty()) options.workers[name] = path;
    }
    if (options.workers.count(name) == 0) {
      return absl::NotFoundError(absl::StrCat("no ", name, " beside this"));
    }
  }
  const std::filesystem::path make_inputs = FindRunfile(roots, kMakeInputs);
  const std::string cache =
      absl::GetFlag(FLAGS_cache).empty() ? CacheDirectory() : absl::GetFlag(FLAGS_cache);
  const ProgramFiles files = {.scripts = make_inputs.parent_path().string(),
                              .inputs = InputsDirectory(make_inputs, cache, options.quick),
                              .scratch = scratch};
  std::vector<Row> rows = SyntheticRows(options);
  for (Row& row : ProgramRows(files, options)) rows.push_back(std::move(row));
  absl::StatusOr<std::vector<Row>> selected = SelectRows(rows, absl::GetFlag(FLAGS_only));
  if (!selected.ok() || absl::GetFlag(FLAGS_list)) return selected;
  if (!AnyProgram(*selected)) return selected;
  const absl::Status made = MakeInputs(make_inputs, files.inputs, options.quick);
  if (!made.ok()) return made;
  return selected;
}

size_t CountRounds() {
  const int rounds = absl::GetFlag(FLAGS_rounds);
  if (rounds > 0) return static_cast<size_t>(rounds);
  return absl::GetFlag(FLAGS_quick) ? kQuickRounds : kDefaultRounds;
}

// Measures what the flags select and reports on it. Returns the exit status.
int MeasureAndReport(const std::string& program, const std::optional<Results>& baseline) {
  const bool quick = absl::GetFlag(FLAGS_quick);
  const std::vector<std::string> roots = RunfilesRoots(program);
  const ScratchDirectory scratch;
  const absl::StatusOr<std::vector<Row>> rows = FindRows(roots, scratch.path());
  if (!rows.ok()) return Fail(rows.status(), kExitUsage);
  if (absl::GetFlag(FLAGS_list)) {
    std::cout << FormatRowList(*rows);
    return 0;
  }
  if (baseline.has_value()) {
    const absl::Status comparable = CheckComparable(*baseline, quick, CountRounds());
    if (!comparable.ok()) return Fail(comparable, kExitUsage);
  }
  const absl::StatusOr<std::vector<Allocator>> allocators = FindAllocators(roots);
  if (!allocators.ok()) return Fail(allocators.status(), kExitUsage);
  std::cout << FormatAllocators(*allocators, FindPeers(KnownPeers(), LibraryDirectories()).missing)
            << FormatMissing(*rows) << std::flush;
  Trials trials(scratch.path());
  Results results =
      Measure(*rows, *allocators, CountRounds(), &trials, isatty(STDERR_FILENO) != 0, std::cerr);
  results.quick = quick;
  return Report(results, baseline);
}

int RunCompare(const std::string& program) {
  const absl::StatusOr<std::optional<Results>> baseline = FindBaseline();
  if (!baseline.ok()) return Fail(baseline.status(), kExitUsage);
  if (absl::GetFlag(FLAGS_from).empty()) return MeasureAndReport(program, *baseline);
  const absl::StatusOr<Results> results = ReadResults(absl::GetFlag(FLAGS_from));
  return results.ok() ? Report(*results, *baseline) : Fail(results.status(), kExitUsage);
}

}  // namespace
}  // namespace hakmem::bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments =
      hakmem::bench::ParseCommandLine(hakmem::bench::kUsage, argc, argv);
  if (arguments.size() > 1) {
    std::cerr << "compare: unexpected argument " << arguments[1] << "\n";
    return hakmem::bench::kExitUsage;
  }
  return hakmem::bench::RunCompare(arguments[0]);
}
