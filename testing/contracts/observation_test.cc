// HAKMEM_SIZE_HIST and HAKMEM_MEM_TRACE under the preload library: a program does what it does
// without them, and what they tell is complete, whatever end the program comes to.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/call.h"
#include "testing/contracts/subprocess.h"
#include "tools/trace/analysis.h"
#include "tools/trace/trace_file.h"

namespace hakmem::contracts {
namespace {

namespace fs = std::filesystem;
using trace::Trace;

class ObservationTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "/observation_XXXXXX";
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
  }

  std::string In(const std::string& name) const { return directory_ + "/" + name; }

  static Outcome Run(std::vector<std::string> arguments, std::vector<std::string> settings) {
    settings.push_back("LD_PRELOAD=" + fs::absolute(ProgramPath("LIBHAKMEM")).string());
    return RunProgram({std::move(arguments), std::move(settings)});
  }
  Outcome Program(const std::string& way, const std::vector<std::string>& settings) const {
    return Run({ProgramPath("OBSERVATION_PROGRAM"), way}, settings);
  }
  Outcome Traced(const std::string& way) const {
    return Program(way, {"HAKMEM_MEM_TRACE=1", "HAKMEM_MEM_TRACE_FILE=" + In("trace")});
  }
  Trace Read(const std::string& name) const {
    absl::StatusOr<Trace> trace = trace::ReadTrace(In(name));
    EXPECT_TRUE(trace.ok()) << trace.status();
    return trace.ok() ? *std::move(trace) : Trace{};
  }

  std::string directory_;
};

// How many events of `trace` are a `call` for `size` bytes.
size_t Count(const Trace& trace, Call call, uint64_t size) {
  return static_cast<size_t>(
      std::count_if(trace.events.begin(), trace.events.end(), [&](const TraceEvent& event) {
        return event.call == static_cast<uint8_t>(call) && event.size == size;
      }));
}

// Checks that every block of the program's own is there and that nothing is out of order.
void ExpectSound(const Trace& trace) {
  const trace::Analysis analysis = trace::Analyze(trace, 10);
  EXPECT_EQ(analysis.overlaps, 0u);
  EXPECT_EQ(analysis.failed, 0u);
}

TEST_F(ObservationTest, EveryCallIsTracedOnceByItsKind) {
  const Outcome outcome = Traced("kinds");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.ToString();
  EXPECT_EQ(outcome.errors, "");
  const Trace trace = Read("trace");
  ExpectSound(trace);
  const std::map<uint64_t, Call> kinds = {
      {7001, Call::kMalloc},       {7003, Call::kRealloc},    {17003, Call::kRealloc},
      {70003, Call::kRealloc},     {7000003, Call::kRealloc}, {7 * 1001, Call::kCalloc},
      {7 * 100003, Call::kCalloc}, {7005, Call::kRealloc},    {7 * 1003, Call::kRealloc},
      {7011, Call::kAligned},      {7013, Call::kAligned},    {7019, Call::kAligned},
      {7000019, Call::kAligned},   {7027, Call::kNew},        {7029, Call::kNew},
      {7039, Call::kNew},          {7043, Call::kNew},        {70051, Call::kNew},
      {7057, Call::kMalloc}};
  std::map<uint64_t, uint64_t> blocks;  // of these: address to size
  size_t freed = 0;
  for (const TraceEvent& event : trace.events) {
    const Call call = static_cast<Call>(event.call);
    if (event.old_address != 0) blocks.erase(event.old_address);
    if (IsFree(call)) {
      const auto place = blocks.find(event.address);
      if (place == blocks.end()) continue;
      EXPECT_EQ(call == Call::kDelete, kinds.at(place->second) == Call::kNew) << place->second;
      blocks.erase(place);
      ++freed;
    } else if (kinds.count(event.size) > 0) {
      blocks[event.address] = event.size;
    }
  }
  EXPECT_TRUE(blocks.empty()) << blocks.begin()->second << " was not freed";
  EXPECT_EQ(freed, kinds.size() - 4) << "all but the steps of one realloc";
  for (const auto& [size, call] : kinds) {
    for (size_t other = 1; other < kNumCalls; ++other) {
      const size_t count = Count(trace, static_cast<Call>(other), size);
      EXPECT_EQ(count, static_cast<Call>(other) == call ? 1u : 0u)
          << kCallNames[other] << " of " << size;
    }
  }
  for (const TraceEvent& event : trace.events) {
    if (event.size == 7011) {
      EXPECT_EQ(event.alignment_log2, 8);
    }
    if (event.size == 7039) {
      EXPECT_EQ(event.alignment_log2, 7);
    }
    if (event.size == 7000019) {
      EXPECT_EQ(event.alignment_log2, 20);
    }
    if (event.size == 7027) {
      EXPECT_EQ(event.alignment_log2, 0);
    }
  }
}

TEST_F(ObservationTest, AnyEndLeavesACompleteTrace) {
  const std::map<std::string, std::pair<int, int>> ends = {{"abort", {-1, SIGABRT}},
                                                           {"kill", {-1, SIGKILL}},
                                                           {"segv", {-1, SIGSEGV}},
                                                           {"_exit", {5, 0}},
                                                           {"", {7, 0}},
                                                           {"close", {7, 0}}};
  for (const auto& [way, end] : ends) {
    fs::remove(In("trace"));
    const Outcome outcome = Traced(way);
    EXPECT_EQ(outcome.exit_code, end.first) << way << outcome.ToString();
    EXPECT_EQ(outcome.signal, end.second) << way << outcome.ToString();
    const Trace trace = Read("trace");
    ExpectSound(trace);
    EXPECT_EQ(Count(trace, Call::kMalloc, 1024), way == "close" ? 3001u + 9001u : 3001u) << way;
    const trace::Analysis analysis = trace::Analyze(trace, 10);
    EXPECT_GE(analysis.rows[trace::RowOf(1024)].live_blocks, 3001u) << way;
  }
}

TEST_F(ObservationTest, ThreadsThatEndAreTracedToo) {
  const Outcome outcome = Traced("threads");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.ToString();
  const Trace trace = Read("trace");
  ExpectSound(trace);
  std::map<uint64_t, uint32_t> threads;  // by size
  for (const TraceEvent& event : trace.events) {
    if (event.size > 6000 && event.size < 6008) {
      const auto [place, is_new] = threads.try_emplace(event.size, event.thread);
      ASSERT_EQ(place->second, event.thread) << event.size;
    }
  }
  ASSERT_EQ(threads.size(), 4u);
  for (const auto& [size, thread] : threads) {
    EXPECT_EQ(Count(trace, Call::kMalloc, size), 5001u);
    EXPECT_GT(thread, 1u);
  }
  EXPECT_EQ(Count(trace, Call::kMalloc, 90001), 4 * 5000u);
  const trace::Analysis analysis = trace::Analyze(trace, 10);
  EXPECT_EQ(analysis.threads, 5u);
  EXPECT_EQ(analysis.rows[trace::RowOf(6001)].live_blocks, 0u);
}

TEST_F(ObservationTest, AForkedChildHasATraceOfItsOwn) {
  const Outcome outcome = Traced("fork");
  EXPECT_EQ(outcome.exit_code, 7) << outcome.ToString();
  EXPECT_EQ(outcome.output, "child 3\ndone\n");
  EXPECT_EQ(outcome.errors, "");
  const Trace parent = Read("trace");
  const Trace child = Read("trace.2");
  ExpectSound(parent);
  ExpectSound(child);
  EXPECT_NE(parent.process, child.process);
  EXPECT_EQ(Count(parent, Call::kMalloc, 5001), 1u);
  EXPECT_EQ(Count(parent, Call::kMalloc, 5003), 0u);
  EXPECT_EQ(Count(parent, Call::kMalloc, 5007), 1u);
  EXPECT_EQ(Count(child, Call::kMalloc, 5003), 1u);
  EXPECT_EQ(Count(child, Call::kMalloc, 5001) + Count(child, Call::kMalloc, 5007), 0u);
  EXPECT_EQ(trace::Analyze(child, 1).unknown, 1u) << "the parent's block";
}

TEST_F(ObservationTest, TheDefaultNameIsInTheCurrentDirectory) {
  const Outcome outcome =
      Run({"sh", "-c", "cd " + directory_ + " && exec python3 -c 'import os; print(os.getpid())'"},
          {"HAKMEM_MEM_TRACE=1"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.ToString();
  size_t of_python = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_)) {
    const std::string name = entry.path().filename();
    EXPECT_EQ(name.rfind("hakmem.", 0), 0u) << name;
    if (Read(name).program == "python3") ++of_python;
  }
  EXPECT_EQ(of_python, 1u);
}

TEST_F(ObservationTest, AFileThatCannotBeMadeDoesNotStopTheProgram) {
  const Outcome outcome =
      Program("", {"HAKMEM_MEM_TRACE=1", "HAKMEM_MEM_TRACE_FILE=" + In("no/such/directory/trace")});
  EXPECT_EQ(outcome.exit_code, 7) << outcome.ToString();
  EXPECT_EQ(outcome.output, "done\n");
  EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
}

// ---------------------------------------------------------------- the histogram

TEST_F(ObservationTest, TheHistogramAnswersHowOften1024IsAskedFor) {
  const Outcome outcome = Program("", {"HAKMEM_SIZE_HIST=1"});
  EXPECT_EQ(outcome.exit_code, 7) << outcome.ToString();
  EXPECT_EQ(outcome.output, "done\n");
  EXPECT_NE(outcome.errors.find("exactly 1024 bytes: 300"), std::string::npos) << outcome.errors;
  EXPECT_EQ(outcome.errors.rfind("hakmem: sizes asked for by observation_", 0), 0u);
}

TEST_F(ObservationTest, ASignalPrintsTheHistogramEveryTime) {
  const Outcome outcome = Program("signal", {"HAKMEM_SIZE_HIST=signal"});
  EXPECT_EQ(outcome.exit_code, 7) << outcome.ToString();
  size_t times = 0;
  for (size_t at = 0; (at = outcome.errors.find("exactly 1024", at)) != std::string::npos; ++at) {
    ++times;
  }
  EXPECT_EQ(times, 2u) << outcome.errors;
  EXPECT_EQ(Program("signal", {}).signal, SIGUSR2) << "without the setting it is the program's";
}

TEST_F(ObservationTest, TheTraceAndTheHistogramAgree) {
  const Outcome outcome = Program("threads", {"HAKMEM_SIZE_HIST=1", "HAKMEM_MEM_TRACE=1",
                                              "HAKMEM_MEM_TRACE_FILE=" + In("trace")});
  const Trace trace = Read("trace");
  size_t requests = 0;
  for (const TraceEvent& event : trace.events) {
    if (!IsFree(static_cast<Call>(event.call)) && event.address != 0) ++requests;
  }
  EXPECT_NE(outcome.errors.find(" of " + std::to_string(requests) + " requests, "),
            std::string::npos)
      << requests << outcome.errors;
}

// ---------------------------------------------------------------- other programs

TEST_F(ObservationTest, ProgramsDoAsTheyDoUnobserved) {
  const std::vector<std::vector<std::string>> programs = {
      {"python3", "-c",
       "import json, threading, os\n"
       "def work(out): out.append(len(json.dumps({str(i): [i] * 5 for i in range(2000)})))\n"
       "out = []\n"
       "threads = [threading.Thread(target=work, args=(out,)) for _ in range(4)]\n"
       "[t.start() for t in threads]\n"
       "[t.join() for t in threads]\n"
       "pid = os.fork()\n"
       "if pid == 0: work(out); os._exit(3)\n"
       "print(out, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"},
      {"perl", "-e",
       "my %h; $h{$_ % 500} .= 'x' x $_ for 1..3000; my $n = 0; $n += length for values %h;"
       "print \"$n\\n\"; exit 9"}};
  for (const std::vector<std::string>& program : programs) {
    const Outcome plain = Run(program, {"PYTHONMALLOC=malloc"});
    ASSERT_EQ(plain.errors, "") << plain.ToString();
    for (const std::vector<std::string>& settings : std::vector<std::vector<std::string>>{
             {"HAKMEM_SIZE_HIST=1"},
             {"HAKMEM_MEM_TRACE=1", "HAKMEM_MEM_TRACE_FILE=" + In("%p")},
             {"HAKMEM_SIZE_HIST=signal", "HAKMEM_MEM_TRACE=1",
              "HAKMEM_MEM_TRACE_FILE=" + In("%p")}}) {
      std::vector<std::string> environment = settings;
      environment.push_back("PYTHONMALLOC=malloc");
      const Outcome observed = Run(program, environment);
      EXPECT_EQ(observed.exit_code, plain.exit_code) << observed.ToString();
      EXPECT_EQ(observed.output, plain.output);
      if (settings[0] != "HAKMEM_SIZE_HIST=1") {
        EXPECT_EQ(observed.errors, "");
      }
    }
  }
  size_t traces = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_)) {
    ExpectSound(Read(entry.path().filename()));
    ++traces;
  }
  EXPECT_EQ(traces, 2 * 3u) << "of two programs, one of which forks, twice each";
}

}  // namespace
}  // namespace hakmem::contracts
