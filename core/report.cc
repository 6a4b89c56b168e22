#include "core/report.h"

#include "core/compiler.h"

namespace hakmem {

HAK_SLOW void ReportBadPointer(OnError on_error, std::string_view operation, const void* p,
                               std::string_view reason, std::string_view box) {
  Line() << operation << " of invalid pointer " << p << ": " << reason << " (refused by " << box
         << ")";
  if (on_error == OnError::kAbort) platform::Abort();
}

HAK_SLOW void ReportCorruption(std::string_view what, const void* where) {
  Line() << "heap corruption at " << where << ": " << what;
  platform::Abort();
}

}  // namespace hakmem
