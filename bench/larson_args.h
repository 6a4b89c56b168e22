// The parameters of the larson workload, as the worker takes them on its command line.
//
// Shared by the runner (which writes them) and the worker (which reads them). The worker has to
// stay small, so this file needs nothing of the C++ library at run time and allocates nothing.
#ifndef BENCH_LARSON_ARGS_H_
#define BENCH_LARSON_ARGS_H_

#include <cstddef>
#include <cstdint>

namespace hakmem::bench {

// The first seven are the arguments of Larson and Krishnan's program, in its order.
struct LarsonParams {
  double seconds = 1;
  uint64_t min_size = 8;    // bytes
  uint64_t max_size = 128;  // bytes, inclusive
  uint64_t blocks_per_thread = 5000;
  uint64_t rounds = 100;  // replacements per block before the array goes to a new thread
  uint64_t seed = 12345;
  uint64_t threads = 1;

  // When above 0: each thread chain does exactly so many operations, and `seconds` is ignored.
  // What the workload does then depends on the other parameters alone, never on time.
  uint64_t operations_per_thread = 0;
  // Fill every block with a pattern and check it before the block is freed. Not for measuring.
  bool self_check = false;

  // A thread does so many operations, then hands its array to a new thread.
  uint64_t OperationsPerHandover() const { return blocks_per_thread * rounds; }
};

// How many arguments the classic program takes.
inline constexpr int kClassicArgumentCount = 7;

// Reads `SECONDS MIN MAX BLOCKS ROUNDS SEED THREADS` from `arguments` (kClassicArgumentCount of
// them) into `*params`. Returns nullptr, or a sentence that says which argument is wrong; `*params`
// is then unspecified. Keeps what it does not read.
const char* ParseClassicArguments(const char* const* arguments, LarsonParams* params);

// Returns nullptr when `params` can be run, or a sentence that says why not.
const char* CheckParams(const LarsonParams& params);

// Reads the worker's command line: the seven classic arguments, then any of `--ops=N` and
// `--self_check`. Checks the values. Returns nullptr, or a sentence that says what is wrong.
const char* ParseWorkerArguments(int argc, const char* const* argv, LarsonParams* params);

}  // namespace hakmem::bench

#endif  // BENCH_LARSON_ARGS_H_
