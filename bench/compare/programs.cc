#include "bench/compare/programs.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "bench/compare/trial.h"

namespace hakmem::bench {
namespace {

constexpr double kTimeoutSeconds = 120;
constexpr double kMakeInputsSeconds = 300;
constexpr double kQuickScale = 0.25;

// A program as Debian installs it. In arguments and client, {scripts}, {inputs} and {scratch} stand
// for the directories of ProgramFiles, {depth} and {requests} for amounts of work.
struct Program {
  const char* name;
  const char* title;
  const char* path;
  const char* package;
  std::vector<std::string> arguments;
  std::string client = "";
};

constexpr char kJqFilter[] =
    "[.[] | select(.active) | {city: .address.city, tags, total: ([.history[].amount] | add)}]"
    " | group_by(.city)"
    " | map({city: .[0].city, n: length, tags: ([.[].tags[]] | unique | length)})";

const std::vector<Program>& Programs() {
  static const auto* const programs = new std::vector<Program>{
      {"python",
       "python3: JSON and dictionaries",
       "/usr/bin/python3",
       "python3",
       {"-S", "{scripts}/dicts.py", "{inputs}/data.json", "1"}},
      {"perl",
       "perl: hashes and regular expressions",
       "/usr/bin/perl",
       "perl",
       {"{scripts}/hashes.pl", "{inputs}/text.tsv"}},
      {"lua",
       "lua: trees and tables",
       "/usr/bin/lua5.4",
       "lua5.4",
       {"{scripts}/tables.lua", "{depth}"}},
      {"ruby",
       "ruby: objects, strings, hashes",
       "/usr/bin/ruby",
       "ruby",
       {"--disable-gems", "{scripts}/objects.rb", "{inputs}/text.tsv", "1"}},
      {"gawk",
       "gawk: large arrays",
       "/usr/bin/gawk",
       "gawk",
       {"-f", "{scripts}/arrays.awk", "{inputs}/text.tsv"}},
      {"sqlite",
       "sqlite3: insert, index and join in memory",
       "/usr/bin/sqlite3",
       "sqlite3",
       {":memory:", ".read {inputs}/data.sql"}},
      {"jq",
       "jq: select and group a large JSON file",
       "/usr/bin/jq",
       "jq",
       {"-c", kJqFilter, "{inputs}/data.json"}},
      {"xmllint",
       "xmllint: parse a large file, count by XPath",
       "/usr/bin/xmllint",
       "libxml2-utils",
       {"--xpath", "count(//item[tag and entry/@day > 100])", "{inputs}/data.xml"}},
      {"gcc",
       "g++: compile templates",
       "/usr/bin/g++",
       "g++",
       {"-std=c++17", "-O1", "-S", "-o", "-", "{inputs}/templates.cc"}},
      {"clang",
       "clang++: compile templates",
       "/usr/bin/clang++",
       "clang",
       {"-std=c++17", "-O1", "-S", "-o", "-", "{inputs}/templates.cc"}},
      {"git",
       "git log: rename and copy detection",
       "/usr/bin/git",
       "git",
       {"-C", "{inputs}/repository.git", "log", "-M", "-C", "--raw", "--numstat"}},
      {"redis",
       "redis-server: a client's load, and a script's",
       "/usr/bin/redis-server",
       "redis-server",
       {"--port", "0", "--unixsocket", "{scratch}/redis.sock", "--save", "", "--appendonly", "no",
        "--enable-debug-command", "yes", "--dir", "{scratch}"},
       "exec sh {scripts}/redis_client.sh {scratch}/redis.sock {requests}"},
      {"ghostscript",
       "ghostscript: draw pages",
       "/usr/bin/gs",
       "ghostscript",
       {"-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=pgmraw", "-r72", "-sOutputFile=-",
        "{inputs}/pages.ps"}},
      {"z3", "z3: pigeons and holes", "/usr/bin/z3", "z3", {"{inputs}/problem.smt2"}},
  };
  return *programs;
}

// Hashing without a random seed, so that equal runs do equal work; python3 without an allocator of
// its own on top; git without settings of this machine; the same language for all.
const std::vector<std::string>& Environment() {
  static const auto* const environment = new std::vector<std::string>{
      "LC_ALL=C",      "PYTHONHASHSEED=0",      "PYTHONMALLOC=malloc",        "PERL_HASH_SEED=0",
      "GIT_PAGER=cat", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null"};
  return *environment;
}

// The file of libc. Found by a function that nobody replaces, as sanitizers do malloc.
std::string SystemLibrary() {
  Dl_info info;
  void* const address = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
  return address != nullptr && dladdr(address, &info) != 0 ? info.dli_fname : "";
}

}  // namespace

std::vector<Row> ProgramRows(const ProgramFiles& files, const RowOptions& options) {
  const auto fill = [&](const std::string& text) {
    return absl::StrReplaceAll(text, {{"{scripts}", files.scripts},
                                      {"{inputs}", files.inputs},
                                      {"{scratch}", files.scratch},
                                      {"{depth}", options.quick ? "14" : "17"},
                                      {"{requests}", options.quick ? "20000" : "100000"}});
  };
  std::vector<Row> rows;
  for (const Program& program : Programs()) {
    Row row;
    row.name = program.name;
    row.title = program.title;
    row.group = kProgramGroup;
    row.expected_seconds = options.quick ? 0.5 : 2;
    row.process.program = program.path;
    for (const std::string& argument : program.arguments) {
      row.process.arguments.push_back(fill(argument));
    }
    row.process.environment = Environment();
    row.process.client = fill(program.client);
    row.process.timeout_seconds = kTimeoutSeconds;
    // redis-server is linked with jemalloc, but dynamically: whatever is preloaded takes its place.
    if (row.name == "redis") row.system_preload = SystemLibrary();
    if (access(program.path, X_OK) != 0) row.missing = absl::StrCat("package ", program.package);
    rows.push_back(row);
  }
  return rows;
}

std::string InputsDirectory(const std::string& make_inputs, const std::string& cache, bool quick) {
  return absl::StrCat(cache, "/inputs-", FileChecksum(make_inputs).substr(0, 16),
                      quick ? "-quick" : "");
}

absl::Status MakeInputs(const std::string& make_inputs, const std::string& directory, bool quick) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return absl::OkStatus();
  const std::filesystem::path cache = std::filesystem::path(directory).parent_path();
  std::filesystem::create_directories(cache, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot make ", cache.string()));
  ProcessSpec spec;
  spec.program = "/usr/bin/python3";
  spec.arguments = {make_inputs, absl::StrFormat("%g", quick ? kQuickScale : 1.0), directory};
  spec.timeout_seconds = kMakeInputsSeconds;
  const absl::Status made = RunMeasured(spec).status();
  if (made.ok()) return made;
  return absl::InternalError(absl::StrCat("make_inputs.py: ", std::string(made.message())));
}

bool AnyProgram(const std::vector<Row>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const Row& row) {
    return row.group == kProgramGroup && row.missing.empty();
  });
}

std::string CacheDirectory() {
  const char* cache = getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return absl::StrCat(cache, "/hakmem");
  const char* home = getenv("HOME");
  return absl::StrCat(home == nullptr ? "/tmp" : home, "/.cache/hakmem");
}

}  // namespace hakmem::bench
