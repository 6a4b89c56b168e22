// Every replaceable form of operator new and delete (ISO C++20 17.6.3), in a program where hakmem
// replaces them.

#include <gtest/gtest.h>

#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "box/hakmem.h"

namespace hakmem::contracts {
namespace {

// What no compiler can see through, so that it keeps the call and doesn't judge the size.
volatile size_t impossible_size = PTRDIFF_MAX - 64;
volatile size_t above_ptrdiff_max = SIZE_MAX - 4096;

uintptr_t Address(const void* p) { return reinterpret_cast<uintptr_t>(p); }

using Align = std::align_val_t;

struct NewForm {
  const char* name;
  bool aligned;
  bool throws;
  bool array;
  void* (*allocate)(size_t size, Align alignment);
};

constexpr NewForm kNewForms[] = {
    {"new", false, true, false, [](size_t n, Align) { return ::operator new(n); }},
    {"new[]", false, true, true, [](size_t n, Align) { return ::operator new[](n); }},
    {"new nothrow", false, false, false,
     [](size_t n, Align) { return ::operator new(n, std::nothrow); }},
    {"new[] nothrow", false, false, true,
     [](size_t n, Align) { return ::operator new[](n, std::nothrow); }},
    {"new aligned", true, true, false, [](size_t n, Align a) { return ::operator new(n, a); }},
    {"new[] aligned", true, true, true, [](size_t n, Align a) { return ::operator new[](n, a); }},
    {"new aligned nothrow", true, false, false,
     [](size_t n, Align a) { return ::operator new(n, a, std::nothrow); }},
    {"new[] aligned nothrow", true, false, true,
     [](size_t n, Align a) { return ::operator new[](n, a, std::nothrow); }},
};

struct DeleteForm {
  bool aligned;
  bool array;
  void (*release)(void* p, size_t size, Align alignment);
};

constexpr DeleteForm kDeleteForms[] = {
    {false, false, [](void* p, size_t, Align) { ::operator delete(p); }},
    {false, false, [](void* p, size_t n, Align) { ::operator delete(p, n); }},
    {false, false, [](void* p, size_t, Align) { ::operator delete(p, std::nothrow); }},
    {false, true, [](void* p, size_t, Align) { ::operator delete[](p); }},
    {false, true, [](void* p, size_t n, Align) { ::operator delete[](p, n); }},
    {false, true, [](void* p, size_t, Align) { ::operator delete[](p, std::nothrow); }},
    {true, false, [](void* p, size_t, Align a) { ::operator delete(p, a); }},
    {true, false, [](void* p, size_t n, Align a) { ::operator delete(p, n, a); }},
    {true, false, [](void* p, size_t, Align a) { ::operator delete(p, a, std::nothrow); }},
    {true, true, [](void* p, size_t, Align a) { ::operator delete[](p, a); }},
    {true, true, [](void* p, size_t n, Align a) { ::operator delete[](p, n, a); }},
    {true, true, [](void* p, size_t, Align a) { ::operator delete[](p, a, std::nothrow); }},
};

class OperatorNewTest : public testing::TestWithParam<NewForm> {
 protected:
  ~OperatorNewTest() override { std::set_new_handler(nullptr); }
};

TEST_P(OperatorNewTest, EachDeleteTakesTheBlock) {
  const NewForm& form = GetParam();
  for (const DeleteForm& release : kDeleteForms) {
    if (release.aligned != form.aligned || release.array != form.array) continue;
    for (const size_t size : {0, 1, 8, 9, 100, 1024, 1025, 40'000, 2'000'000}) {
      for (const size_t alignment : {32, 64, 4096, 65'536, 2'097'152}) {
        void* p = form.allocate(size, Align{alignment});
        void* q = form.allocate(size, Align{alignment});
        ASSERT_NE(nullptr, p);
        EXPECT_NE(p, q);
        EXPECT_TRUE(hak_owns(p));
        EXPECT_LE(size, hak_usable_size(p));
        EXPECT_EQ(0U, Address(p) % (form.aligned ? alignment : size > 8 ? 16 : 8));
        std::memset(p, 'x', size);
        errno = 4711;
        release.release(p, size, Align{alignment});
        release.release(q, size, Align{alignment});
        EXPECT_EQ(4711, errno);
      }
    }
    release.release(nullptr, 0, Align{64});
  }
}

TEST_P(OperatorNewTest, FailsAsItsFormDemands) {
  const NewForm& form = GetParam();
  std::set_new_handler(nullptr);
  for (const size_t size : {size_t{impossible_size}, size_t{above_ptrdiff_max}}) {
    if (form.throws) {
      EXPECT_THROW(form.allocate(size, Align{64}), std::bad_alloc);
    } else {
      EXPECT_EQ(nullptr, form.allocate(size, Align{64}));
    }
  }
}

int handler_calls = 0;

TEST_P(OperatorNewTest, CallsTheHandlerUntilThereIsNone) {
  const NewForm& form = GetParam();
  handler_calls = 0;
  std::set_new_handler([] {
    if (++handler_calls == 3) std::set_new_handler(nullptr);
  });
  if (form.throws) {
    EXPECT_THROW(form.allocate(impossible_size, Align{64}), std::bad_alloc);
  } else {
    EXPECT_EQ(nullptr, form.allocate(impossible_size, Align{64}));
  }
  EXPECT_EQ(3, handler_calls);
}

// A nothrow form turns std::bad_alloc into a null pointer (17.6.3.2/7).
TEST_P(OperatorNewTest, AHandlerMayThrow) {
  const NewForm& form = GetParam();
  struct Gone : std::bad_alloc {};
  handler_calls = 0;
  std::set_new_handler([] {
    if (++handler_calls == 2) throw Gone();
  });
  if (form.throws) {
    EXPECT_THROW(form.allocate(impossible_size, Align{64}), Gone);
  } else {
    EXPECT_EQ(nullptr, form.allocate(impossible_size, Align{64}));
  }
  EXPECT_EQ(2, handler_calls);
}

TEST_P(OperatorNewTest, AHandlerMayReplaceItself) {
  const NewForm& form = GetParam();
  handler_calls = 0;
  std::set_new_handler([] {
    ++handler_calls;
    std::set_new_handler([] {
      handler_calls += 100;
      throw std::bad_alloc();
    });
  });
  if (form.throws) {
    EXPECT_THROW(form.allocate(impossible_size, Align{64}), std::bad_alloc);
  } else {
    EXPECT_EQ(nullptr, form.allocate(impossible_size, Align{64}));
  }
  EXPECT_EQ(101, handler_calls);
}

TEST_P(OperatorNewTest, SuccessDoesNotCallTheHandler) {
  const NewForm& form = GetParam();
  handler_calls = 0;
  std::set_new_handler([] { ++handler_calls; });
  void* p = form.allocate(1000, Align{64});
  EXPECT_NE(nullptr, p);
  EXPECT_EQ(0, handler_calls);
  std::free(p);  // As glibc and the other allocators allow.
}

INSTANTIATE_TEST_SUITE_P(Forms, OperatorNewTest, testing::ValuesIn(kNewForms),
                         [](const auto& info) {
                           std::string name;
                           for (const char c : std::string(info.param.name)) {
                             if (c == '[') name += "Array";
                             if (std::isalpha(c)) name += c;
                           }
                           return name;
                         });

struct alignas(256) OverAligned {
  char bytes[300];
};

TEST(NewExpressionTest, UsesHakmem) {
  int* number = new int(7);
  auto* text = new std::string(1000, 'x');
  auto* aligned = new OverAligned;
  auto* array = new OverAligned[3];
  for (const void* p : {static_cast<void*>(number), static_cast<void*>(text->data()),
                        static_cast<void*>(aligned), static_cast<void*>(array)}) {
    EXPECT_TRUE(hak_owns(p));
  }
  EXPECT_EQ(0U, Address(aligned) % 256);
  EXPECT_EQ(0U, Address(array) % 256);
  delete number;
  delete text;
  delete aligned;
  delete[] array;
}

TEST(NewExpressionTest, ExceptionsFindMemory) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_THROW(throw std::vector<int>(100, i), std::vector<int>);
  }
}

}  // namespace
}  // namespace hakmem::contracts
