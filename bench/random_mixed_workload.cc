#include "bench/random_mixed_workload.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>

#include "bench/harness/checked_block.h"
#include "bench/harness/random.h"
#include "bench/harness/worker_threads.h"

namespace hakmem::bench {
namespace {

// One thread's state. Aligned so that threads share no cache line, nor a pair of lines that the
// processor fetches together.
struct alignas(128) ThreadTable {
  const RandomMixedParams* params;
  char** slots;        // NULL where there is no block
  Expected* expected;  // beside each slot in self-check, else nullptr
  uint64_t random_state;
  uint64_t errors;
  bool out_of_memory;
};

// The measured loop.
template <bool kSelfCheck>
[[gnu::noinline]] void MixOperations(ThreadTable* table) {
  // Copies, which stores to blocks cannot change as far as the compiler knows.
  const RandomMixedParams params = *table->params;
  const uint64_t sizes = params.max_size - params.min_size + 1;
  char** const slots = table->slots;
  uint64_t state = table->random_state;
  for (uint64_t i = 0; i < params.operations; ++i) {
    const uint64_t random = NextRandom(&state);
    const size_t slot = Scale(static_cast<uint32_t>(random >> 32), params.slots);
    Expected* expected = kSelfCheck ? &table->expected[slot] : nullptr;
    if (slots[slot] != nullptr) {
      if constexpr (kSelfCheck) table->errors += IsIntact(slots[slot], *expected) ? 0 : 1;
      free(slots[slot]);
      slots[slot] = nullptr;
    } else {
      const size_t size = params.min_size + Scale(static_cast<uint32_t>(random), sizes);
      slots[slot] = NewBlock<kSelfCheck>(size, static_cast<uint32_t>(i), expected);
      if (slots[slot] == nullptr) [[unlikely]] {
        table->out_of_memory = true;
        return;
      }
    }
  }
  table->random_state = state;
}

void RunThread(void* tables, uint64_t number) {
  ThreadTable* table = static_cast<ThreadTable*>(tables) + number;
  if (table->params->self_check != 0) {
    MixOperations<true>(table);
  } else {
    MixOperations<false>(table);
  }
}

// Returns nullptr or what failed.
const char* PrepareTable(const RandomMixedParams& params, ThreadTable* table, uint64_t number) {
  table->params = &params;
  table->slots = static_cast<char**>(Map(params.slots * sizeof(char*)));
  if (table->slots == nullptr) return "no memory for the table of blocks";
  if (params.self_check != 0) {
    table->expected = static_cast<Expected*>(Map(params.slots * sizeof(Expected)));
    if (table->expected == nullptr) return "no memory for the table of expected contents";
  }
  uint64_t seed = params.seed + number;
  table->random_state = NextRandom(&seed);
  return nullptr;
}

// Adds a finished thread's figures to `*result`, and frees its blocks.
void CollectTable(const RandomMixedParams& params, ThreadTable* table, RandomMixedResult* result) {
  result->operations += params.operations;
  result->checksum = result->checksum * 31 + table->random_state;
  for (size_t slot = 0; slot < params.slots; ++slot) {
    if (table->slots[slot] == nullptr) continue;
    ++result->live_blocks;
    if (params.self_check != 0) {
      table->errors += IsIntact(table->slots[slot], table->expected[slot]) ? 0 : 1;
    }
    free(table->slots[slot]);
  }
  result->errors += table->errors;
  munmap(table->slots, params.slots * sizeof(char*));
  if (params.self_check != 0) munmap(table->expected, params.slots * sizeof(Expected));
}

}  // namespace

const char* RunRandomMixed(const RandomMixedParams& params, RandomMixedResult* result,
                           const TableVisitor& visitor) {
  *result = RandomMixedResult();
  auto* tables = static_cast<ThreadTable*>(Map(params.threads * sizeof(ThreadTable)));
  if (tables == nullptr) return "no memory for the threads' state";
  for (uint64_t i = 0; i < params.threads; ++i) {
    const char* failure = PrepareTable(params, &tables[i], i);
    if (failure != nullptr) return failure;
  }
  result->seconds = RunTogether(params.threads, RunThread, tables);
  if (result->seconds < 0) return "a thread could not be started";
  bool out_of_memory = false;
  for (uint64_t i = 0; i < params.threads; ++i) {
    out_of_memory |= tables[i].out_of_memory;
    if (visitor.visit != nullptr) visitor.visit(visitor.context, tables[i].slots, params.slots);
    CollectTable(params, &tables[i], result);
  }
  munmap(tables, params.threads * sizeof(ThreadTable));
  return out_of_memory ? "malloc returned NULL" : nullptr;
}

}  // namespace hakmem::bench
