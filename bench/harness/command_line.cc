#include "bench/harness/command_line.h"

#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace hakmem::bench {

std::vector<std::string> ParseCommandLine(const char* usage, int argc, char** argv) {
  absl::FlagsUsageConfig config;
  // The file that defines a flag: absl's own lie elsewhere.
  config.contains_help_flags = [](absl::string_view file) {
    return absl::StartsWith(file, "bench/") || absl::StartsWith(file, "tools/");
  };
  absl::SetFlagsUsageConfig(config);
  absl::SetProgramUsageMessage(usage);
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  return {arguments.begin(), arguments.end()};
}

}  // namespace hakmem::bench
