#include "box/observe/trace_writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/platform_seams.h"

namespace hakmem {
namespace {

Event Malloc(uint64_t size) {
  return {.request = {.size = size, .call = Call::kMalloc},
          .address = reinterpret_cast<const void*>(size * 16)};
}

bool Exists(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

std::string Bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TraceHeader HeaderOf(const std::string& path) {
  TraceHeader header = {};
  const std::string bytes = Bytes(path);
  EXPECT_GE(bytes.size(), kTraceHeaderBytes);
  std::memcpy(&header, bytes.data(), sizeof(header));
  return header;
}

// The events of a file that were written, in the order of the file.
std::vector<TraceEvent> EventsOf(const std::string& path) {
  const std::string bytes = Bytes(path);
  EXPECT_EQ((bytes.size() - kTraceHeaderBytes) % kTraceChunkBytes, 0u);
  std::vector<TraceEvent> events((bytes.size() - kTraceHeaderBytes) / sizeof(TraceEvent));
  std::memcpy(events.data(), bytes.data() + kTraceHeaderBytes, events.size() * sizeof(TraceEvent));
  std::erase_if(events, [](const TraceEvent& event) { return event.call == 0; });
  return events;
}

class TraceWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "/trace_writer_XXXXXX";
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    thread_.number = 1;
  }
  std::string In(const std::string& name) const { return directory_ + "/" + name; }
  std::unique_ptr<TraceWriter> Writer(const std::string& name) const {
    return std::make_unique<TraceWriter>(In(name).c_str());
  }

  std::string directory_;
  ObservedThread thread_;
};

TEST_F(TraceWriterTest, WritesAHeaderAndWhatItIsTold) {
  const auto writer = Writer("t");
  EXPECT_FALSE(Exists(In("t"))) << "not before there is something to write";
  writer->Write(&thread_, {.request = {.size = 100, .call = Call::kRealloc, .alignment_log2 = 6},
                           .address = reinterpret_cast<const void*>(0x1000),
                           .old_address = reinterpret_cast<const void*>(0x2000)});
  const TraceHeader header = HeaderOf(In("t"));
  EXPECT_EQ(std::memcmp(header.magic, kTraceMagic, sizeof(kTraceMagic)), 0);
  EXPECT_EQ(header.version, kTraceVersion);
  EXPECT_EQ(header.byte_order, kTraceByteOrder);
  EXPECT_EQ(header.process, static_cast<uint32_t>(getpid()));
  EXPECT_EQ(header.parent, static_cast<uint32_t>(getppid()));
  EXPECT_STREQ(header.program, program_invocation_short_name);
  const std::vector<TraceEvent> events = EventsOf(In("t"));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].call, static_cast<uint8_t>(Call::kRealloc));
  EXPECT_EQ(events[0].size, 100u);
  EXPECT_EQ(events[0].alignment_log2, 6);
  EXPECT_EQ(events[0].address, 0x1000u);
  EXPECT_EQ(events[0].old_address, 0x2000u);
  EXPECT_EQ(events[0].thread, 1u);
  EXPECT_EQ(events[0].zero, 0);
}

TEST_F(TraceWriterTest, GoesOnInAnotherChunk) {
  const auto writer = Writer("t");
  const uint64_t count = 2 * kEventsPerChunk + 1;
  for (uint64_t i = 1; i <= count; ++i) writer->Write(&thread_, Malloc(i));
  EXPECT_EQ(Bytes(In("t")).size(), kTraceHeaderBytes + 3 * kTraceChunkBytes);
  const std::vector<TraceEvent> events = EventsOf(In("t"));
  ASSERT_EQ(events.size(), count);
  for (uint64_t i = 0; i < count; ++i) ASSERT_EQ(events[i].size, i + 1);
}

TEST_F(TraceWriterTest, TimesAreUniqueAndAscendInAThread) {
  constexpr uint64_t kEach = 3000;
  constexpr uint32_t kThreads = 4;
  const auto writer = Writer("t");
  std::vector<std::thread> threads;
  for (uint32_t t = 1; t <= kThreads; ++t) {
    threads.emplace_back([&writer, t] {
      ObservedThread thread;
      thread.number = t;
      for (uint64_t i = 1; i <= kEach; ++i) writer->Write(&thread, Malloc(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<TraceEvent> events = EventsOf(In("t"));
  ASSERT_EQ(events.size(), kThreads * kEach);
  std::set<uint64_t> times;
  uint64_t last[kThreads + 1] = {};
  uint64_t last_size[kThreads + 1] = {};
  for (const TraceEvent& event : events) {
    EXPECT_TRUE(times.insert(event.time).second);
    // A thread's chunks lie in the file in the order in which it took them.
    ASSERT_GT(event.time, last[event.thread]);
    ASSERT_EQ(event.size, ++last_size[event.thread]);
    last[event.thread] = event.time;
  }
}

TEST_F(TraceWriterTest, ReplacesPercentPByTheProcess) {
  Writer("%p-%p%q%")->Write(&thread_, Malloc(1));
  const std::string id = std::to_string(getpid());
  EXPECT_TRUE(Exists(In(id + "-" + id + "%q%")));
}

TEST_F(TraceWriterTest, NeverWritesToAFileThatExists) {
  std::ofstream(In("t")) << "precious";
  testing::internal::CaptureStderr();
  Writer("t")->Write(&thread_, Malloc(1));
  thread_.next = thread_.end = nullptr;
  Writer("t")->Write(&thread_, Malloc(2));
  const std::string errors = testing::internal::GetCapturedStderr();
  EXPECT_EQ(Bytes(In("t")), "precious");
  EXPECT_EQ(EventsOf(In("t.2")).size(), 1u);
  EXPECT_EQ(EventsOf(In("t.3")).size(), 1u);
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 2) << errors;
  EXPECT_NE(errors.find("the trace is " + In("t.2")), std::string::npos) << errors;
}

TEST_F(TraceWriterTest, ARelativeNameIsOfTheDirectoryThatWasCurrent) {
  const std::string before = std::filesystem::current_path();
  ASSERT_EQ(chdir(directory_.c_str()), 0);
  TraceWriter writer("t");
  ASSERT_EQ(chdir("/"), 0);
  writer.Write(&thread_, Malloc(1));
  EXPECT_TRUE(Exists(In("t")));
  ASSERT_EQ(chdir(before.c_str()), 0);
}

TEST_F(TraceWriterTest, GivesUpAfterOneLineWhenTheFileCannotBe) {
  const auto writer = Writer("no/such/directory");
  testing::internal::CaptureStderr();
  for (uint64_t i = 1; i < 10; ++i) writer->Write(&thread_, Malloc(i));
  const std::string errors = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << errors;
  EXPECT_NE(errors.find("it does not begin"), std::string::npos) << errors;
}

TEST_F(TraceWriterTest, GivesUpAfterOneLineWhenTheDiskIsFull) {
  const auto writer = Writer("t");
  writer->Write(&thread_, Malloc(1));
  platform::GetSeams().fail_file = -1;
  testing::internal::CaptureStderr();
  for (uint64_t i = 2; i < 2 * kEventsPerChunk; ++i) writer->Write(&thread_, Malloc(i));
  const std::string errors = testing::internal::GetCapturedStderr();
  platform::GetSeams().fail_file = 0;
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << errors;
  EXPECT_NE(errors.find("it ends here"), std::string::npos) << errors;
  EXPECT_EQ(EventsOf(In("t")).size(), kEventsPerChunk) << "what was written is there";
}

TEST_F(TraceWriterTest, AChildOfForkHasAFileOfItsOwn) {
  const auto writer = Writer("t");
  writer->Write(&thread_, Malloc(1));
  ObservedThread other;
  other.number = 2;
  writer->Write(&other, Malloc(2));
  thread_.link_all = &other;
  testing::internal::CaptureStderr();
  writer->AfterFork(&thread_);
  EXPECT_EQ(other.next, nullptr) << "nothing more is written to the parent's file";
  writer->Write(&thread_, Malloc(3));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "the parent has the name: no surprise";
  EXPECT_EQ(EventsOf(In("t")).size(), 2u);
  ASSERT_EQ(EventsOf(In("t.2")).size(), 1u);
  EXPECT_EQ(EventsOf(In("t.2"))[0].size, 3u);
}

TEST_F(TraceWriterTest, TooLongANameIsNoFile) {
  const auto writer = Writer(std::string(5000, 'x'));
  testing::internal::CaptureStderr();
  writer->Write(&thread_, Malloc(1));
  EXPECT_NE(testing::internal::GetCapturedStderr().find("can't be written"), std::string::npos);
}

}  // namespace
}  // namespace hakmem
