// Hints to the compiler, each with its one meaning. No feature switches here (core/config.h).
#ifndef HAKMEM_CORE_COMPILER_H_
#define HAKMEM_CORE_COMPILER_H_

// A branch that the hit path does not take.
#define HAK_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define HAK_LIKELY(x) __builtin_expect(!!(x), 1)
// What the compiler can't see and may rely on.
#define HAK_ASSUME(x)                  \
  do {                                 \
    if (!(x)) __builtin_unreachable(); \
  } while (false)
// Fetches the cache line of `p`, which may be null or no address at all.
#define HAK_PREFETCH(p) __builtin_prefetch(p)
// Tells the processor that this is a loop which waits for another thread.
#if defined(__x86_64__)
#define HAK_SPIN_WAIT() __builtin_ia32_pause()
#else
#define HAK_SPIN_WAIT() static_cast<void>(0)
#endif
// Slow paths stay out of the hit path's code, and out of its cache lines.
#define HAK_SLOW __attribute__((noinline, cold))
#define HAK_NOINLINE __attribute__((noinline))
#define HAK_INLINE inline __attribute__((always_inline))

#endif  // HAKMEM_CORE_COMPILER_H_
