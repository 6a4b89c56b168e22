// Whole numbers on a command line, for workers and runners alike: one table of them says their
// names, bounds and places, and serves to read them, to check them and to write them.
#ifndef BENCH_HARNESS_NUMBER_ARGUMENTS_H_
#define BENCH_HARNESS_NUMBER_ARGUMENTS_H_

#include <cstddef>
#include <cstdint>

namespace hakmem::bench {

struct NumberArgument {
  const char* name;  // "largest size"
  uint64_t min;
  uint64_t max;
  uint64_t* value;
};

// Why arguments were refused, as a text to print.
struct ArgumentError {
  char text[128] = "";
};

// Reads a decimal number without sign or space; false when `text` is anything else, or too large.
bool ParseUnsigned(const char* text, uint64_t* value);

// Reads the `count` numbers of `texts` into the first of `arguments`. False, with `*error` set,
// when one is no number or out of bounds.
bool ParseNumbers(const char* const* texts, size_t count, const NumberArgument* arguments,
                  ArgumentError* error);

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_NUMBER_ARGUMENTS_H_
