#include "bench/phase7_results.h"

#include <cmath>

#include "absl/strings/str_format.h"

namespace hakmem::bench {

std::string FormatFigure(double value, int decimals) {
  return std::isnan(value) ? "-" : absl::StrFormat("%.*f", decimals, value);
}

}  // namespace hakmem::bench
