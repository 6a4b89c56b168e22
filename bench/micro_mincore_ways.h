// The ways to know that the byte before a pointer may be read, which //bench:micro_mincore
// compares.
#ifndef BENCH_MICRO_MINCORE_WAYS_H_
#define BENCH_MICRO_MINCORE_WAYS_H_

namespace hakmem::bench {

struct Way {
  const char* name;
  const char* title;
};

// In the order of the table. The first is the loop alone.
inline constexpr Way kWays[] = {
    {"empty", "the loop alone"},
    {"range", "range check (hakmem's default)"},
    {"align1", "alignment test alone, 1 byte"},
    {"align16", "alignment test alone, 16 bytes"},
    {"hybrid1", "hybrid, 1 byte"},
    {"hybrid16", "hybrid, 16 bytes"},
    {"boundary", "hybrid, every pointer at a page's start"},
    {"hybrid1_mincore", "hybrid with mincore, 1 byte"},
    {"hybrid16_mincore", "hybrid with mincore, 16 bytes"},
    {"boundary_mincore", "hybrid with mincore, at a page's start"},
    {"mincore", "mincore always"},
};

// Besides cycles, every way reports for how many of the pointers, in percent, it asked the kernel.
inline constexpr char kAsked[] = "asked";

}  // namespace hakmem::bench

#endif  // BENCH_MICRO_MINCORE_WAYS_H_
