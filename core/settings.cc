#include "core/settings.h"

#include <string_view>

#include "core/report.h"

namespace hakmem {
namespace {

// One value of a variable and what it does.
struct Choice {
  std::string_view name;
  std::string_view value;
  void (*apply)(Settings*);
};

constexpr Choice kChoices[] = {
    {"HAKMEM_ON_ERROR", "abort", [](Settings* s) { s->on_error = OnError::kAbort; }},
    {"HAKMEM_ON_ERROR", "warn", [](Settings* s) { s->on_error = OnError::kWarn; }},
    {"HAKMEM_BACKGROUND_PURGE", "0", [](Settings* s) { s->background_purge = false; }},
    {"HAKMEM_BACKGROUND_PURGE", "1", [](Settings* s) { s->background_purge = true; }},
    {"HAKMEM_STATS", "0", [](Settings* s) { s->stats_at_exit = false; }},
    {"HAKMEM_STATS", "1", [](Settings* s) { s->stats_at_exit = true; }},
    {"HAKMEM_SIZE_HIST", "0", [](Settings* s) { s->size_histogram = SizeHistogramMode::kOff; }},
    {"HAKMEM_SIZE_HIST", "1", [](Settings* s) { s->size_histogram = SizeHistogramMode::kAtExit; }},
    {"HAKMEM_SIZE_HIST", "signal",
     [](Settings* s) { s->size_histogram = SizeHistogramMode::kOnSignal; }},
    {"HAKMEM_MEM_TRACE", "0", [](Settings* s) { s->trace = false; }},
    {"HAKMEM_MEM_TRACE", "1", [](Settings* s) { s->trace = true; }},
};

void Apply(std::string_view name, std::string_view value, Settings* settings) {
  if (name == "HAKMEM_MEM_TRACE_FILE" && !value.empty()) {
    settings->trace_file = value.data();  // ends where the environment's string does
    return;
  }
  bool known = name == "HAKMEM_MEM_TRACE_FILE";
  for (const Choice& choice : kChoices) {
    if (choice.name != name) continue;
    known = true;
    if (choice.value == value) return choice.apply(settings);
  }
  Line() << (known ? "ignoring the unknown value of " : "ignoring the unknown setting ") << name
         << "=" << value;
}

}  // namespace

Settings ReadSettings(const char* const* environment) {
  constexpr std::string_view kPrefix = "HAKMEM_";
  Settings settings;
  if (environment == nullptr) return settings;
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const size_t equals = entry.find('=');
    if (!entry.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    // Not substr(): it would need libstdc++ to throw.
    Apply({entry.data(), equals}, {entry.data() + equals + 1, entry.size() - equals - 1},
          &settings);
  }
  return settings;
}

}  // namespace hakmem
