#include "box/observe/trace_writer.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "core/platform.h"
#include "core/report.h"

namespace hakmem {
namespace {

constexpr uint64_t kMostFiles = 10'000;  // of one name

// Unmaps the thread's chunk. Forgets it first: a fork() may come in between, by another thread.
void DropChunk(ObservedThread* thread) {
  char* const end = static_cast<char*>(thread->end);
  thread->next = thread->end = nullptr;
  if (end != nullptr) platform::Unmap(end - kTraceChunkBytes, kTraceChunkBytes);
}

}  // namespace

TraceWriter::TraceWriter(const char* file) : start_ns_(platform::NowNs()) {
  TextWriter name(name_, sizeof(name_));
  char directory[kPathBytes];
  if (file[0] != '/' && platform::CurrentDirectory(directory, sizeof(directory))) {
    name << directory << "/";
  }
  name << file;
  if (name.length() >= sizeof(name_)) name_[0] = '\0';
}

void TraceWriter::Write(ObservedThread* thread, const Event& event) {
  if (thread->next == thread->end && !TakeChunk(thread)) return;
  TraceEvent* const out = static_cast<TraceEvent*>(thread->next);
  thread->next = out + 1;
  out->time = Stamp();
  out->address = reinterpret_cast<uintptr_t>(event.address);
  out->size = event.request.size;
  out->old_address = reinterpret_cast<uintptr_t>(event.old_address);
  out->thread = thread->number;
  out->alignment_log2 = event.request.alignment_log2;
  // Release: the call stands last, because it says that the rest does. Nobody reads it here.
  std::atomic_ref(out->call).store(static_cast<uint8_t>(event.request.call),
                                   std::memory_order_release);
}

// The time, or the next one that no event has. Relaxed: what hands a block from one thread to
// another orders their stamps too, and a later compare-and-swap sees at least the earlier one's.
uint64_t TraceWriter::Stamp() {
  const uint64_t now = platform::NowNs() - start_ns_;
  uint64_t last = last_time_.load(std::memory_order_relaxed);
  uint64_t stamp;
  do {
    stamp = std::max(now, last + 1);
  } while (!last_time_.compare_exchange_weak(last, stamp, std::memory_order_relaxed));
  return stamp;
}

bool TraceWriter::TakeChunk(ObservedThread* thread) {
  DropChunk(thread);
  const MutexLock lock(&mutex_);
  if (state_ == State::kGivenUp) return false;
  if (state_ == State::kNoFile && MakeTraceFile()) state_ = State::kOpen;
  void* chunk = nullptr;
  if (state_ == State::kOpen) {
    chunk =
        platform::MapFile(path_, kTraceHeaderBytes + chunks_ * kTraceChunkBytes, kTraceChunkBytes);
  }
  if (chunk == nullptr) {
    Line() << "the memory trace " << path_ << " can't be written: it "
           << (chunks_ == 0 ? "does not begin" : "ends here");
    state_ = State::kGivenUp;
    return false;
  }
  ++chunks_;
  thread->next = chunk;
  thread->end = static_cast<char*>(chunk) + kTraceChunkBytes;
  return true;
}

bool TraceWriter::MakeTraceFile() {
  uint64_t number = 1;
  platform::FileResult made;
  do {
    if (!MakePath(number)) return false;
    made = platform::MakeFile(path_);
  } while (made == platform::FileResult::kExists && ++number <= kMostFiles);
  if (made != platform::FileResult::kMade) return false;
  // Children, whose parents have the name, go without a word.
  if (number > 1 && !forked_) Line() << "a trace file was there already: the trace is " << path_;
  void* const page = platform::MapFile(path_, 0, kTraceHeaderBytes);
  if (page == nullptr) return false;
  TraceHeader* const header = static_cast<TraceHeader*>(page);
  header->byte_order = kTraceByteOrder;
  header->version = kTraceVersion;
  header->process = platform::ProcessId();
  header->parent = platform::ParentProcessId();
  TextWriter(header->program, sizeof(header->program)) << platform::ProgramName();
  std::memcpy(header->magic, kTraceMagic, sizeof(kTraceMagic));
  platform::Unmap(page, kTraceHeaderBytes);
  return true;
}

bool TraceWriter::MakePath(uint64_t number) {
  TextWriter path(path_, sizeof(path_));
  for (const char* c = name_; *c != '\0'; ++c) {
    if (c[0] == '%' && c[1] == 'p') {
      path << uint64_t{platform::ProcessId()};
      ++c;
    } else {
      path << std::string_view(c, 1);
    }
  }
  if (number > 1) path << "." << number;
  return name_[0] != '\0' && path.length() < sizeof(path_);
}

void TraceWriter::AfterFork(ObservedThread* threads) {
  new (&mutex_) Mutex;  // a thread that held it is not in the child
  for (ObservedThread* thread = threads; thread != nullptr; thread = thread->link_all) {
    DropChunk(thread);
  }
  forked_ = true;
  chunks_ = 0;
  state_ = State::kNoFile;
}

}  // namespace hakmem
