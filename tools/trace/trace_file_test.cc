#include "tools/trace/trace_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "core/call.h"

namespace hakmem::trace {
namespace {

TraceHeader GoodHeader() {
  TraceHeader header = {};
  std::memcpy(header.magic, kTraceMagic, sizeof(kTraceMagic));
  header.byte_order = kTraceByteOrder;
  header.version = kTraceVersion;
  header.process = 77;
  std::strcpy(header.program, "someone");
  return header;
}

TraceEvent Event(uint64_t time, uint8_t call = static_cast<uint8_t>(Call::kMalloc)) {
  return {.time = time, .address = 16, .size = 1, .thread = 1, .call = call};
}

// A file with `header` and `events`, the rest of the last chunk zeros if `padded`.
std::string Write(const TraceHeader& header, std::vector<TraceEvent> events, bool padded = true) {
  if (padded) events.resize((events.size() / kEventsPerChunk + 1) * kEventsPerChunk);
  const std::string path = testing::TempDir() + "/trace_file_test.trace";
  std::string page(kTraceHeaderBytes, '\0');
  std::memcpy(page.data(), &header, sizeof(header));
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << page;
  file.write(reinterpret_cast<const char*>(events.data()),
             static_cast<std::streamsize>(events.size() * sizeof(TraceEvent)));
  return path;
}

std::string Error(const std::string& path) {
  const absl::StatusOr<Trace> trace = ReadTrace(path);
  return trace.ok() ? "" : std::string(trace.status().message());
}

TEST(TraceFileTest, ReadsEventsInTheOrderOfTime) {
  // The second chunk's thread was the faster one.
  std::vector<TraceEvent> events(kEventsPerChunk);
  events[0] = Event(30);
  events[1] = Event(50);
  events.push_back(Event(10));
  events.push_back({});  // a thread that was stopped while it wrote
  events.push_back(Event(40));
  for (const bool padded : {true, false}) {
    const absl::StatusOr<Trace> trace = ReadTrace(Write(GoodHeader(), events, padded));
    ASSERT_TRUE(trace.ok()) << trace.status();
    EXPECT_EQ(trace->program, "someone");
    EXPECT_EQ(trace->process, 77u);
    ASSERT_EQ(trace->events.size(), 4u);
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(trace->events[i].time, (std::vector<uint64_t>{10, 30, 40, 50})[i]);
    }
  }
}

TEST(TraceFileTest, TheProgramsNameCanBeShown) {
  TraceHeader header = GoodHeader();
  std::strcpy(header.program, "a\033[2J\xc3\xa9");
  const absl::StatusOr<Trace> trace = ReadTrace(Write(header, {}));
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->program, "a\\033[2J\xc3\xa9");
}

TEST(TraceFileTest, ATraceMayBeEmpty) {
  const absl::StatusOr<Trace> trace = ReadTrace(Write(GoodHeader(), {}));
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_TRUE(trace->events.empty());
}

TEST(TraceFileTest, RefusesWhatIsNoTrace) {
  EXPECT_NE(Error("/no/such/file").find("can't be opened"), std::string::npos);
  EXPECT_NE(Error("/dev/null").find("not a trace file"), std::string::npos);
  TraceHeader header = GoodHeader();
  header.magic[0] = 'X';
  EXPECT_NE(Error(Write(header, {})).find("not a trace file"), std::string::npos);
  header = GoodHeader();
  header.version = 9;
  EXPECT_NE(Error(Write(header, {})).find("version 9"), std::string::npos);
  header = GoodHeader();
  header.byte_order = 0x04030201;
  EXPECT_NE(Error(Write(header, {})).find("byte order"), std::string::npos);
}

TEST(TraceFileTest, RefusesEventsThatMakeNoSense) {
  EXPECT_NE(Error(Write(GoodHeader(), {Event(1, kNumCalls)})).find("makes no sense"),
            std::string::npos);
  TraceEvent event = Event(1);
  event.thread = 0;
  EXPECT_NE(Error(Write(GoodHeader(), {event})).find("makes no sense"), std::string::npos);
  event = Event(1, static_cast<uint8_t>(Call::kRealloc));
  event.size = 0;
  EXPECT_EQ(Error(Write(GoodHeader(), {event})), "") << "realloc(NULL, 0)";
  event.old_address = 16;
  EXPECT_NE(Error(Write(GoodHeader(), {event})).find("makes no sense"), std::string::npos);
}

}  // namespace
}  // namespace hakmem::trace
