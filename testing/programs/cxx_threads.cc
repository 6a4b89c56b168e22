// A C++ program for cxx_threads_test.sh: exceptions, containers, threads, dlopen and fork together.
//
// Everything it prints is the same on every run, whatever the timing: each part computes totals
// that its random-looking but fixed work determines. Argument: the path of the plugin
// (cxx_plugin.cc).
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

constexpr int kThreads = 4;

// A fixed sequence for each seed.
class Sequence {
 public:
  explicit Sequence(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::uint32_t Below(std::uint32_t limit) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>(state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_;
};

// Runs `body(0)` to `body(count - 1)`, each in a thread, and adds up what they return.
std::uint64_t Total(int count, const std::function<std::uint64_t(int)>& body) {
  std::vector<std::uint64_t> parts(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] { parts[static_cast<std::size_t>(i)] = body(i); });
  }
  for (std::thread& thread : threads) thread.join();
  std::uint64_t total = 0;
  for (std::uint64_t part : parts) total += part;
  return total;
}

// --- Exceptions
// -----------------------------------------------------------------------------------

class Failure : public std::runtime_error {
 public:
  Failure(const std::string& what, std::vector<int> path)
      : std::runtime_error(what), path_(std::move(path)) {}
  std::size_t Depth() const { return path_.size(); }

 private:
  std::vector<int> path_;
};

void Descend(int depth, std::vector<int> path, Sequence& sequence) {
  const std::string padding(sequence.Below(200), 'p');
  path.push_back(depth);
  if (depth == 0) throw Failure("bottom" + padding, std::move(path));
  try {
    Descend(depth - 1, path, sequence);
  } catch (Failure& failure) {
    if (depth % 5 == 0) throw Failure(failure.what() + padding, std::move(path));
    throw;
  }
}

std::uint64_t ThrowAndCatch(int thread, int times) {
  Sequence sequence(static_cast<std::uint64_t>(thread));
  std::uint64_t caught = 0;
  for (int i = 0; i < times; ++i) {
    try {
      Descend(i % 12, {}, sequence);
    } catch (const std::exception& error) {
      const auto* failure = dynamic_cast<const Failure*>(&error);
      caught += std::string(error.what()).size() + 1000 * (failure ? failure->Depth() : 0);
    }
  }
  return caught;
}

// Exceptions thrown in one thread, kept, and read and freed in another.
std::uint64_t ExceptionsAcrossThreads() {
  std::uint64_t total = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<std::future<std::string>> futures;
    for (int i = 0; i < 4; ++i) {
      futures.push_back(std::async(std::launch::async, [i, round]() -> std::string {
        if (i % 2)
          throw Failure(std::string(static_cast<std::size_t>(round) * 40, 'e'), {i, round});
        return std::string(static_cast<std::size_t>(round) * 30, 'v');
      }));
    }
    for (auto& future : futures) {
      try {
        total += future.get().size();
      } catch (const Failure& failure) {
        total += std::string(failure.what()).size() + failure.Depth();
      }
    }
  }
  return total;
}

// --- Memory that runs out
// -------------------------------------------------------------------------

int handler_calls = 0;

void GiveUpAtThird() {
  if (++handler_calls == 3) std::set_new_handler(nullptr);
}

void ThrowFromHandler() { throw Failure("from the handler", {1, 2, 3}); }

// Returns what `attempt` threw, as text.
template <typename Attempt>
std::string Thrown(Attempt attempt) {
  try {
    attempt();
  } catch (const std::bad_array_new_length&) {
    return "bad_array_new_length";
  } catch (const std::bad_alloc&) {
    return "bad_alloc";
  } catch (const std::length_error&) {
    return "length_error";
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "nothing";
}

void ImpossibleSizes() {
  // Volatile, so that the compiler neither warns nor drops the allocation.
  volatile std::size_t huge = std::numeric_limits<std::ptrdiff_t>::max();
  volatile std::size_t half = huge / 2;
  volatile std::ptrdiff_t negative = -1;
  // A new-expression may be left out unless somebody could look at the pointer.
  char* volatile sink = nullptr;
  std::printf("operator new: %s\n",
              Thrown([&] { ::operator delete(::operator new(huge)); }).c_str());
  std::printf("operator new above PTRDIFF_MAX: %s\n",
              Thrown([&] { ::operator delete(::operator new(huge + 2)); }).c_str());
  std::printf("aligned new: %s\n", Thrown([&] {
                                     const std::align_val_t alignment{4096};
                                     ::operator delete(::operator new(half, alignment), alignment);
                                   }).c_str());
  std::printf("array: %s\n", Thrown([&] {
                               sink = new char[half];
                               delete[] sink;
                             }).c_str());
  std::printf("negative array: %s\n",
              Thrown([&] { delete[] new int[static_cast<std::size_t>(negative)]; }).c_str());
  std::printf("vector: %s\n", Thrown([&] { std::vector<char>().reserve(half); }).c_str());
  std::printf("string: %s\n", Thrown([&] { std::string().reserve(huge); }).c_str());
  std::printf("nothrow: %d\n", ::operator new(half, std::nothrow) == nullptr);

  std::set_new_handler(GiveUpAtThird);
  const std::string thrown = Thrown([&] { ::operator delete(::operator new(half)); });
  std::printf("handler: %s after %d calls\n", thrown.c_str(), handler_calls);
  handler_calls = 0;
  std::set_new_handler(GiveUpAtThird);
  const bool null = ::operator new[](half, std::nothrow) == nullptr;
  std::printf("nothrow with a handler: %d after %d calls\n", null, handler_calls);
  std::set_new_handler(ThrowFromHandler);
  std::printf("throwing handler: %s\n",
              Thrown([&] { ::operator delete(::operator new(half)); }).c_str());
  std::printf("malloc does not call it: %d\n", std::malloc(half) == nullptr);
  std::set_new_handler(nullptr);

  const std::uint64_t failures = Total(kThreads, [&](int) {
    std::uint64_t count = 0;
    for (int i = 0; i < 500; ++i) {
      count += Thrown([&] { std::vector<std::string>().reserve(half / sizeof(std::string)); }) ==
               "bad_alloc";
    }
    return count;
  });
  std::printf("in threads: %llu\n", static_cast<unsigned long long>(failures));
}

// --- Containers that cross threads
// ----------------------------------------------------------------

struct Message {
  int number;
  std::string text;
  std::map<std::string, std::vector<int>> table;
  std::unique_ptr<std::list<std::string>> list;
};

// A bounded queue; made by some threads, taken apart by others.
class Channel {
 public:
  void Put(Message message) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return queue_.size() < 50; });
    queue_.push_back(std::move(message));
    changed_.notify_all();
  }
  bool Take(Message& message) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !queue_.empty() || closed_; });
    if (queue_.empty()) return false;
    message = std::move(queue_.front());
    queue_.pop_front();
    changed_.notify_all();
    return true;
  }
  void Close() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Message> queue_;
  bool closed_ = false;
};

std::uint64_t ContainersAcrossThreads() {
  Channel channel;
  std::thread producers([&] {
    Total(kThreads, [&](int thread) {
      Sequence sequence(static_cast<std::uint64_t>(thread) + 100);
      for (int i = 0; i < 2000; ++i) {
        Message message{i, std::string(sequence.Below(3000), 'm'), {}, nullptr};
        for (std::uint32_t j = sequence.Below(8); j > 0; --j) {
          message.table[std::to_string(sequence.Below(1000))].assign(sequence.Below(60), 1);
        }
        message.list = std::make_unique<std::list<std::string>>(sequence.Below(20), "list element");
        channel.Put(std::move(message));
      }
      return std::uint64_t{0};
    });
    channel.Close();
  });
  const std::uint64_t total = Total(kThreads, [&](int) {
    std::uint64_t sum = 0;
    std::vector<Message> kept;
    Message message;
    while (channel.Take(message)) {
      sum += message.text.size() + message.list->size();
      for (const auto& [key, values] : message.table) sum += key.size() * values.size();
      if (message.number % 3 == 0) kept.push_back(std::move(message));
      if (kept.size() > 40) kept.erase(kept.begin(), kept.begin() + 30);
    }
    return sum;
  });
  producers.join();
  return total;
}

// Its destructor frees at a thread's end.
thread_local std::set<std::string> mine;

// A table that outlives the threads that filled it.
std::uint64_t ThreadsComeAndGo() {
  std::mutex mutex;
  std::unordered_map<int, std::vector<std::string>> table;
  for (int wave = 0; wave < 40; ++wave) {
    Total(6, [&](int thread) {
      const int number = wave * 6 + thread;
      Sequence sequence(static_cast<std::uint64_t>(number));
      std::vector<std::string> strings;
      for (int i = 0; i < 100; ++i) {
        strings.emplace_back(sequence.Below(i % 10 == 0 ? 9000 : 300), 's');
        mine.insert(strings.back());
      }
      const std::lock_guard lock(mutex);
      table.erase(number - 60);
      table[number] = std::move(strings);
      return std::uint64_t{0};
    });
  }
  std::uint64_t total = 0;
  for (const auto& [number, strings] : table) {
    for (const std::string& text : strings)
      total += text.size() * static_cast<unsigned>(number % 7);
  }
  return total;
}

struct alignas(256) Wide {
  double values[40] = {};
};

// Every form of new and delete, over-aligned types, and pmr, with contents checked.
std::uint64_t NewForms(int thread) {
  Sequence sequence(static_cast<std::uint64_t>(thread) + 500);
  std::pmr::unsynchronized_pool_resource pool;
  std::uint64_t sum = 0;
  for (int i = 0; i < 3000; ++i) {
    auto wide = std::make_unique<Wide>();
    auto wides = std::make_unique<Wide[]>(1 + sequence.Below(4));
    auto shared = std::make_shared<std::vector<Wide>>(sequence.Below(3));
    const std::weak_ptr<std::vector<Wide>> weak = shared;
    if (reinterpret_cast<std::uintptr_t>(wide.get()) % alignof(Wide) ||
        reinterpret_cast<std::uintptr_t>(wides.get()) % alignof(Wide)) {
      throw std::logic_error("misaligned");
    }
    std::pmr::vector<std::pmr::string> strings(&pool);
    for (int j = 0; j < 6; ++j) strings.emplace_back(sequence.Below(500), 'q');
    std::unique_ptr<std::string> plain(new (std::nothrow) std::string(sequence.Below(2000), 'n'));
    sum += plain->size() + strings[3].size() + shared->size() +
           static_cast<std::uint64_t>(weak.use_count());
  }
  return sum;
}

// --- dlopen
// ---------------------------------------------------------------------------------------

using MakeText = std::string* (*)(int);
using Fail = void (*)(int);

std::uint64_t LoadAndUnload(const char* plugin) {
  std::uint64_t total = 0;
  for (int round = 0; round < 20; ++round) {
    void* handle = dlopen(plugin, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) throw std::runtime_error(dlerror());
    const auto make_text = reinterpret_cast<MakeText>(dlsym(handle, "MakeText"));
    const auto fail = reinterpret_cast<Fail>(dlsym(handle, "Fail"));
    total += Total(kThreads, [&](int thread) {
      std::uint64_t sum = 0;
      for (int i = 0; i < 50; ++i) {
        const std::unique_ptr<std::string> text(make_text(thread * 50 + i));  // freed on this side
        sum += text->size();
        try {
          fail(i);
        } catch (const std::out_of_range& error) {
          sum += std::string(error.what()).size();
        }
      }
      return sum;
    });
    dlclose(handle);
  }
  return total;
}

// --- fork
// -----------------------------------------------------------------------------------------

// In the child: allocates, frees what the parent's threads allocated, runs threads, forks once
// more.
int Child(std::vector<std::string>& inherited, int generation) {
  std::uint64_t sum = inherited.size();
  inherited.clear();
  inherited.shrink_to_fit();
  sum += Total(2, [&](int thread) { return ThrowAndCatch(thread + generation, 40) % 1000; });
  std::vector<std::string> own(300, std::string(700, 'c'));
  if (generation < 2) {
    const pid_t pid = fork();
    if (pid == 0) _exit(Child(own, generation + 1));
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return 255;
    sum += static_cast<std::uint64_t>(WEXITSTATUS(status));
  }
  return static_cast<int>(sum % 199);
}

std::uint64_t ForkWhileBusy() {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&stop, i] {
      Sequence sequence(static_cast<std::uint64_t>(i));
      std::vector<std::string> live(200);
      while (!stop.load(std::memory_order_relaxed)) {  // only ends the loop, orders nothing
        live[sequence.Below(200)] = std::string(sequence.Below(i == 2 ? 60000 : 600), 'b');
      }
    });
  }
  std::uint64_t total = 0;
  for (int round = 0; round < 25; ++round) {
    std::vector<std::string> inherited;
    std::thread([&] {
      inherited.assign(500, std::string(static_cast<std::size_t>(round) * 20, 'i'));
    }).join();
    const pid_t pid = fork();
    if (pid == 0) _exit(Child(inherited, 0));
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
      throw std::runtime_error("a child ended with status " + std::to_string(status));
    }
    total = total * 3 + static_cast<std::uint64_t>(WEXITSTATUS(status));
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  return total;
}

// Allocates and frees after main returned.
struct AtTheEnd {
  std::vector<std::string> kept{10, std::string(100, 'k')};
  ~AtTheEnd() {
    kept.emplace_back(5000, 'z');
    std::printf("destructor: %zu\n", kept.size());
  }
};
AtTheEnd at_the_end;

void Report(const char* what, std::uint64_t value) {
  std::printf("%s: %llu\n", what, static_cast<unsigned long long>(value));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::atexit([] { Report("atexit", std::string(300, 'a').size()); });
  Report("throw and catch", Total(kThreads, [](int thread) { return ThrowAndCatch(thread, 600); }));
  Report("exceptions across threads", ExceptionsAcrossThreads());
  ImpossibleSizes();
  Report("containers across threads", ContainersAcrossThreads());
  Report("threads come and go", ThreadsComeAndGo());
  Report("forms of new", Total(kThreads, NewForms));
  Report("dlopen", LoadAndUnload(argv[1]));
  Report("fork", ForkWhileBusy());
  return 0;
}
