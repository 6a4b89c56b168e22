#include "bench/harness/number_arguments.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace hakmem::bench {

bool ParseUnsigned(const char* text, uint64_t* value) {
  // strtoull alone would take "-1", " 1" and "1x".
  if (*text < '0' || *text > '9') return false;
  char* end = nullptr;
  errno = 0;
  *value = strtoull(text, &end, 10);
  return errno == 0 && *end == '\0';
}

bool ParseNumbers(const char* const* texts, size_t count, const NumberArgument* arguments,
                  ArgumentError* error) {
  for (size_t i = 0; i < count; ++i) {
    const NumberArgument& argument = arguments[i];
    if (!ParseUnsigned(texts[i], argument.value)) {
      snprintf(error->text, sizeof(error->text), "%s: not a whole number", argument.name);
      return false;
    }
    if (*argument.value < argument.min || *argument.value > argument.max) {
      snprintf(error->text, sizeof(error->text), "%s: must be from %" PRIu64 " to %" PRIu64,
               argument.name, argument.min, argument.max);
      return false;
    }
  }
  return true;
}

}  // namespace hakmem::bench
