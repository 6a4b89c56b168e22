// The functions that glibc adds to the standard's, in a program where hakmem replaces them.

#include <gtest/gtest.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "testing/contracts/resident_memory.h"
#include "testing/contracts/subprocess.h"
#include "testing/model/allocator.h"

namespace hakmem::contracts {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
const size_t kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));

// Calls go through these, so that the compiler neither judges nor drops them.
void* (*volatile memalign_)(size_t, size_t) = memalign;
void* (*volatile valloc_)(size_t) = valloc;
void* (*volatile pvalloc_)(size_t) = pvalloc;
void* (*volatile malloc_)(size_t) = malloc;

uintptr_t Address(const void* p) { return reinterpret_cast<uintptr_t>(p); }

// Some blocks of every box, all written.
class ManyBlocks {
 public:
  explicit ManyBlocks(size_t bytes) {
    for (const size_t size : {size_t{64}, size_t{1000}, size_t{20'000}, size_t{300'000}, kMiB}) {
      for (size_t sum = 0; sum < bytes / 5; sum += size) {
        blocks_.push_back(malloc_(size));
        memset(blocks_.back(), 'x', size);
        requested_ += size;
      }
    }
  }
  ~ManyBlocks() {
    for (void* p : blocks_) free(p);
  }
  ManyBlocks(const ManyBlocks&) = delete;
  ManyBlocks& operator=(const ManyBlocks&) = delete;

  size_t requested() const { return requested_; }

 private:
  std::vector<void*> blocks_;
  size_t requested_ = 0;
};

TEST(MemalignTest, AlignsToPowersOfTwo) {
  for (size_t alignment = 1; alignment <= 64 * kMiB; alignment *= 2) {
    char* p = static_cast<char*>(memalign_(alignment, 100));
    ASSERT_NE(nullptr, p) << alignment;
    EXPECT_EQ(0U, Address(p) % alignment);
    memset(p, 'x', 100);
    free(p);
  }
}

// glibc's manual demands a power of two; its code rounds up to one. Either is good, but nothing
// less.
TEST(MemalignTest, OtherAlignmentsAreRefusedOrRoundedUp) {
  for (const size_t alignment : {0, 3, 24, 48, 4097}) {
    errno = 0;
    void* p = memalign_(alignment, 100);
    if (p == nullptr) {
      EXPECT_EQ(EINVAL, errno) << alignment;
      continue;
    }
    size_t rounded = 1;
    while (rounded < alignment) rounded *= 2;
    EXPECT_EQ(0U, Address(p) % rounded);
    free(p);
  }
}

TEST(VallocTest, GivesWholePages) {
  for (const size_t size : {size_t{0}, size_t{1}, kPage - 1, kPage, kPage + 1, 3 * kMiB}) {
    void* v = valloc_(size);
    void* pv = pvalloc_(size);
    ASSERT_NE(nullptr, v);
    ASSERT_NE(nullptr, pv);
    EXPECT_EQ(0U, Address(v) % kPage);
    EXPECT_EQ(0U, Address(pv) % kPage);
    EXPECT_LE(size, malloc_usable_size(v));
    const size_t pages = (size + kPage - 1) / kPage * kPage;
    EXPECT_LE(pages, malloc_usable_size(pv));
    memset(v, 'x', size);
    memset(pv, 'x', pages);
    free(v);
    free(pv);
  }
}

TEST(VallocTest, ImpossibleSizesAreRefused) {
  for (const size_t size : {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - kPage, SIZE_MAX - kPage + 2,
                            size_t{PTRDIFF_MAX} + 1, size_t{PTRDIFF_MAX}}) {
    errno = 0;
    EXPECT_EQ(nullptr, valloc_(size));
    EXPECT_EQ(ENOMEM, errno);
    errno = 0;
    EXPECT_EQ(nullptr, pvalloc_(size));
    EXPECT_EQ(ENOMEM, errno);
    errno = 0;
    EXPECT_EQ(nullptr, memalign_(64, size));
    EXPECT_EQ(ENOMEM, errno);
  }
}

TEST(MallocUsableSizeTest, OfNullIsZero) { EXPECT_EQ(0U, malloc_usable_size(nullptr)); }

// glibc counts blocks that it mapped directly in hblkhd, all others in uordblks.
size_t BytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(MallinfoTest, BytesInUseFollowTheBlocks) {
  // What caches hold may count as used or as free.
  constexpr size_t kSlack = 2 * kMiB;
  const size_t before = BytesInUse();
  {
    const ManyBlocks blocks(64 * kMiB);
    const size_t during = BytesInUse();
    EXPECT_GE(during + kSlack, before + blocks.requested());
    EXPECT_LE(during, before + 2 * blocks.requested());
  }
  EXPECT_LE(BytesInUse(), before + kSlack);
}

TEST(MallinfoTest, FiguresAgree) {
  const ManyBlocks blocks(32 * kMiB);
  const struct mallinfo2 info = mallinfo2();
  EXPECT_LE(info.uordblks, info.arena + info.hblkhd);
  EXPECT_LE(info.keepcost, info.arena + info.hblkhd);
  EXPECT_GE(info.arena + info.hblkhd, blocks.requested() - 2 * kMiB);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const struct mallinfo old_info = mallinfo();
#pragma GCC diagnostic pop
  EXPECT_NEAR(static_cast<double>(info.uordblks), old_info.uordblks, 2.0 * kMiB);
  EXPECT_NEAR(static_cast<double>(info.arena), old_info.arena, 2.0 * kMiB);
}

// As measured with glibc 2.36: 1 for every parameter, known or not, and 0 for one value only.
TEST(MalloptTest, ReturnsWhatGlibcReturns) {
  for (const int parameter : {M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_MMAP_MAX,
                              M_CHECK_ACTION, M_PERTURB, M_ARENA_TEST, M_ARENA_MAX}) {
    EXPECT_EQ(1, mallopt(parameter, 0)) << parameter;
  }
  EXPECT_EQ(1, mallopt(M_MXFAST, 64));
  EXPECT_EQ(0, mallopt(M_MXFAST, INT_MAX));
  EXPECT_EQ(1, mallopt(M_MMAP_MAX, 65'536));
  EXPECT_EQ(1, mallopt(M_MMAP_THRESHOLD, -1));
  EXPECT_EQ(1, mallopt(12'345, 1));
  EXPECT_EQ(1, mallopt(-99, 1));
}

// A thread whose stack is as small as may be can ask for the state of the heap.
TEST(MallocInfoTest, NeedsLittleStack) {
  pthread_attr_t attributes;
  ASSERT_EQ(0, pthread_attr_init(&attributes));
  ASSERT_EQ(0, pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN));
  FILE* const stream = tmpfile();
  ASSERT_NE(nullptr, stream);
  pthread_t thread;
  ASSERT_EQ(0, pthread_create(
                   &thread, &attributes,
                   [](void* out) -> void* {
                     malloc_info(0, static_cast<FILE*>(out));
                     return nullptr;
                   },
                   stream));
  pthread_join(thread, nullptr);
  EXPECT_GT(ftell(stream), 0);
  fclose(stream);
  pthread_attr_destroy(&attributes);
}

TEST(MallocTrimTest, SaysWhetherMemoryWentBack) {
  { const ManyBlocks blocks(64 * kMiB); }
  const size_t before = ResidentBytes();
  const int answer = malloc_trim(0);
  const size_t after = ResidentBytes();
  EXPECT_TRUE(answer == 0 || answer == 1) << answer;
  EXPECT_GE(answer, after + kMiB < before ? 1 : 0);
  if (!model::AllocatorUnderTest().is_hakmem) return;  // glibc's says 1 again and again.
  malloc_trim(0);
  EXPECT_EQ(0, malloc_trim(0)) << "there is nothing left to give back";
}

TEST(MallocTrimTest, LeavesLittle) {
  malloc_trim(0);
  const size_t before = ResidentBytes();
  { const ManyBlocks blocks(64 * kMiB); }
  malloc_trim(0);
  EXPECT_LT(ResidentBytes(), before + 4 * kMiB);
}

TEST(MallocInfoTest, WritesXml) {
  const ManyBlocks blocks(kMiB);
  char path[] = "/tmp/malloc_info.XXXXXX";
  const int fd = mkstemp(path);
  ASSERT_LE(0, fd);
  FILE* file = fdopen(fd, "w");
  EXPECT_EQ(0, malloc_info(0, file));
  fclose(file);
  const Outcome outcome = RunProgram({{"python3", "-c",
                                       "import sys, xml.etree.ElementTree as tree\n"
                                       "root = tree.parse(sys.argv[1]).getroot()\n"
                                       "assert root.tag == 'malloc', root.tag\n"
                                       "assert root.get('version') == '1', root.attrib\n"
                                       "print(len(list(root.iter())), 'elements')\n",
                                       path}});
  EXPECT_EQ(0, outcome.exit_code) << outcome.ToString();
  unlink(path);
}

TEST(MallocInfoTest, RefusesOptions) {
  EXPECT_EQ(EINVAL, malloc_info(1, stdout));
  EXPECT_EQ(EINVAL, malloc_info(-1, stdout));
}

TEST(MallocStatsTest, PrintsToStderr) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  malloc_stats();
  fflush(stderr);
  const std::string errors = testing::internal::GetCapturedStderr();
  EXPECT_EQ("", testing::internal::GetCapturedStdout());
  EXPECT_GT(errors.size(), 40U) << errors;
}

TEST(LibcTest, BlocksThatLibcMakesComeFromHakmem) {
  const model::Allocator& allocator = model::AllocatorUnderTest();
  if (!allocator.is_hakmem) return;
  char* copy = strdup("a string that is long enough not to be a special case");
  EXPECT_TRUE(allocator.owns(copy));
  free(copy);
  char* printed = nullptr;
  ASSERT_LT(0, asprintf(&printed, "%d blocks", 17));
  EXPECT_TRUE(allocator.owns(printed));
  free(printed);
  char* cwd = getcwd(nullptr, 0);
  EXPECT_TRUE(allocator.owns(cwd));
  free(cwd);
  char* resolved = realpath("/", nullptr);
  EXPECT_TRUE(allocator.owns(resolved));
  free(resolved);
}

}  // namespace
}  // namespace hakmem::contracts
