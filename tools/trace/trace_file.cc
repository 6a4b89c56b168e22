#include "tools/trace/trace_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/call.h"

namespace hakmem::trace {
namespace {

absl::Status CheckHeader(const TraceHeader& header) {
  if (std::memcmp(header.magic, kTraceMagic, sizeof(kTraceMagic)) != 0) {
    return absl::InvalidArgumentError("it is not a trace file");
  }
  if (header.byte_order != kTraceByteOrder) {
    return absl::InvalidArgumentError("it was written by a machine of another byte order");
  }
  if (header.version != kTraceVersion) {
    return absl::InvalidArgumentError(absl::StrCat("its format has version ", header.version,
                                                   "; this program knows ", kTraceVersion));
  }
  return absl::OkStatus();
}

bool IsSound(const TraceEvent& event) {
  const bool frees = event.call == static_cast<uint8_t>(Call::kRealloc) && event.old_address != 0 &&
                     event.size == 0;  // which is recorded as a kFree
  return event.call < kNumCalls && event.thread != 0 && event.alignment_log2 < 64 && !frees;
}

}  // namespace

absl::StatusOr<Trace> ReadTrace(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": can't be opened"));
  TraceHeader header = {};
  file.read(reinterpret_cast<char*>(&header), sizeof(header));
  const absl::Status status = CheckHeader(header);
  if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", status.message()));

  Trace trace;
  // It will be shown on a terminal.
  trace.program = absl::Utf8SafeCEscape(
      absl::string_view(header.program, strnlen(header.program, sizeof(header.program))));
  trace.process = header.process;
  file.clear();
  file.seekg(kTraceHeaderBytes);
  std::array<TraceEvent, kEventsPerChunk> chunk;
  while (file) {
    file.read(reinterpret_cast<char*>(chunk.data()), sizeof(chunk));
    const size_t count = static_cast<size_t>(file.gcount()) / sizeof(TraceEvent);
    for (size_t i = 0; i < count; ++i) {
      if (chunk[i].call == 0) continue;  // never written
      if (!IsSound(chunk[i])) {
        return absl::DataLossError(absl::StrCat(path, ": has an event that makes no sense"));
      }
      trace.events.push_back(chunk[i]);
    }
  }
  std::sort(trace.events.begin(), trace.events.end(),
            [](const TraceEvent& a, const TraceEvent& b) { return a.time < b.time; });
  return trace;
}

}  // namespace hakmem::trace
