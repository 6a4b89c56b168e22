#include "bench/harness/block_pattern.h"

namespace hakmem::bench {
namespace {

constexpr size_t kSmallBlock = 8;
constexpr uintptr_t kSmallAlignment = 8;
constexpr uintptr_t kAlignment = 16;

uint8_t PatternByte(size_t index, uint32_t tag) {
  return static_cast<uint8_t>((tag >> (8 * (index % 4))) + index / 4);
}

}  // namespace

void FillBlock(void* block, size_t size, uint32_t tag) {
  auto* bytes = static_cast<uint8_t*>(block);
  for (size_t i = 0; i < size; ++i) bytes[i] = PatternByte(i, tag);
}

bool CheckBlock(const void* block, size_t size, uint32_t tag) {
  const uintptr_t alignment = size > kSmallBlock ? kAlignment : kSmallAlignment;
  if (reinterpret_cast<uintptr_t>(block) % alignment != 0) return false;
  const auto* bytes = static_cast<const uint8_t*>(block);
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != PatternByte(i, tag)) return false;
  }
  return true;
}

}  // namespace hakmem::bench
