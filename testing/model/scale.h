// How much work a test does: less where every access is instrumented.
#ifndef HAKMEM_TESTING_MODEL_SCALE_H_
#define HAKMEM_TESTING_MODEL_SCALE_H_

#include <chrono>
#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAKMEM_TESTING_SANITIZED 1
#endif
#if __has_feature(thread_sanitizer)
#define HAKMEM_TESTING_SANITIZED 1
#define HAKMEM_TESTING_THREAD_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAKMEM_TESTING_SANITIZED 1
#endif
#if defined(__SANITIZE_THREAD__)
#define HAKMEM_TESTING_SANITIZED 1
#define HAKMEM_TESTING_THREAD_SANITIZED 1
#endif

namespace hakmem::model {

#ifdef HAKMEM_TESTING_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

#ifdef HAKMEM_TESTING_THREAD_SANITIZED
inline constexpr bool kThreadSanitized = true;
#else
inline constexpr bool kThreadSanitized = false;
#endif

// `n` repetitions where the code runs at full speed, an eighth under a sanitizer.
inline constexpr size_t Scaled(size_t n) { return kSanitized ? n / 8 + 1 : n; }

// When a loop of random operations stops early, so that a slow machine ends the test in time. The
// operations done before it are the same everywhere.
class Deadline {
 public:
  explicit Deadline(std::chrono::seconds limit) : end_(std::chrono::steady_clock::now() + limit) {}
  bool Passed() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

}  // namespace hakmem::model

#endif  // HAKMEM_TESTING_MODEL_SCALE_H_
