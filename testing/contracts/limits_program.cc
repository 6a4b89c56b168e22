// Lives at the limit of its memory. limits_test sets the limit and runs it with the name of a task
// and a block size. Prints what it got, in MiB, and "ok" if all went well.

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace {

// The blocks form a list through their first word, so that they need no other memory.
struct Block {
  Block* next;
};

void Require(bool condition, const char* what) {
  if (condition) return;
  std::printf("failed: %s (errno %d)\n", what, errno);
  std::fflush(stdout);
  std::_Exit(1);
}

// As many blocks of `size` bytes as there are.
Block* Fill(size_t size, size_t* count) {
  Block* list = nullptr;
  *count = 0;
  errno = 0;
  while (Block* block = static_cast<Block*>(std::malloc(size))) {
    block->next = list;
    list = block;
    ++*count;
    errno = 0;
  }
  Require(errno == ENOMEM, "malloc that fails says ENOMEM");
  return list;
}

void FreeAll(Block* list) {
  while (list != nullptr) {
    Block* next = list->next;
    std::free(list);
    list = next;
  }
}

// Blocks of many sizes, about 1 MiB.
bool Work() {
  bool good = true;
  for (int round = 0; round < 20; ++round) {
    std::vector<unsigned char*> blocks;
    for (size_t size = 1; size < 200'000; size += 1 + size / 4) {
      blocks.push_back(static_cast<unsigned char*>(std::malloc(size)));
      if (blocks.back() == nullptr) return false;
      std::memset(blocks.back(), static_cast<int>(blocks.size() % 256), size);
    }
    for (size_t i = 0; i < blocks.size(); ++i) {
      good = good && blocks[i][0] == (i + 1) % 256;
      std::free(blocks[i]);
    }
  }
  return good;
}

bool WorkInThreads() {
  std::atomic<bool> good = true;
  std::vector<std::thread> threads;
  try {
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        if (!Work()) good.store(false, std::memory_order_relaxed);
      });
    }
  } catch (const std::system_error&) {
    Require(false, "threads start");
  }
  for (std::thread& thread : threads) thread.join();
  return good;
}

// Memory, never touched, that is kept free for the stacks of threads.
class Room {
 public:
  Room() { Require(start_ != MAP_FAILED, "there is room for stacks"); }
  ~Room() { munmap(start_, kBytes); }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

 private:
  static constexpr size_t kBytes = size_t{64} << 20;
  void* const start_ = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
};

void FillTwice(size_t size) {
  Require(Work(), "the program works before");
  // The address space of small blocks may stay the allocator's; that of large ones has to be free
  // for stacks when the blocks are.
  constexpr size_t kUnmapped = size_t{16} << 20;
  std::optional<Room> room;
  if (size < kUnmapped) room.emplace();
  size_t first;
  Block* list = Fill(size, &first);
  std::printf("%zu\n", first * size >> 20);
  // At the limit, an answer is a block or NULL with ENOMEM, and nothing breaks.
  errno = 0;
  void* grown = std::realloc(list, size_t{64} << 20);
  if (grown == nullptr) {
    Require(errno == ENOMEM, "realloc that fails says ENOMEM");
  } else {
    list = static_cast<Block*>(grown);
  }
  errno = 0;
  void* zeroed = std::calloc(64, size_t{1} << 20);
  Require(zeroed != nullptr || errno == ENOMEM, "calloc that fails says ENOMEM");
  std::free(zeroed);
  FreeAll(list);
  size_t second;
  FreeAll(Fill(size, &second));
  Require(second >= first / 10 * 9, "what was freed can be allocated again");
  Require(Work(), "the program works after");
  room.reset();
  Require(WorkInThreads(), "threads work after");
}

std::vector<void*> ballast;
int handler_calls = 0;

// Frees a block for the handler's caller to find.
void FreeSome() {
  ++handler_calls;
  Require(!ballast.empty(), "the handler had something to free");
  ::operator delete(ballast.back());
  ballast.pop_back();
}

void HandlerThatFrees(size_t size) {
  ballast.reserve(10'000);
  while (void* p = ::operator new(size, std::nothrow)) ballast.push_back(p);
  const size_t held = ballast.size();
  Require(held > 1, "there were some blocks");
  std::set_new_handler(FreeSome);
  for (int i = 1; i <= 3; ++i) {
    ballast.push_back(::operator new(size));
    Require(handler_calls == i && ballast.size() == held, "one block went, and one came");
  }
  void* p = ::operator new(size, std::nothrow);
  Require(p != nullptr && handler_calls == 4, "the nothrow form calls the handler as well");
  ::operator delete(p);
  std::printf("%zu\n", held * size >> 20);
}

}  // namespace

int main(int argc, char** argv) {
  Require(argc == 3, "there are two arguments");
  const size_t size = std::strtoull(argv[2], nullptr, 0);
  if (std::strcmp(argv[1], "fill") == 0) FillTwice(size);
  if (std::strcmp(argv[1], "handler") == 0) HandlerThatFrees(size);
  if (std::strcmp(argv[1], "work") == 0) Require(Work() && WorkInThreads(), "the program works");
  std::puts("ok");
}
