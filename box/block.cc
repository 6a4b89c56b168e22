#include "box/block.h"

#include "l25/alloc_header.h"
#include "l25/runs.h"
#include "superslab/process.h"

namespace hakmem {
namespace {

Block Invalid(std::string_view reason, std::string_view box) {
  Block block;
  block.reason = reason;
  block.box = box;
  return block;
}

// A block of a unit that belongs to a slab of class `c`.
Block InSlab(const void* p, SizeClass c) {
  const auto offset = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(p) & (kSlabBytes - 1));
  if (!IsBlockOffset(c, offset)) {
    return Invalid("it points inside a block", c < kTinyEnd ? "tiny" : "mid");
  }
  Block block;
  block.kind = Block::Kind::kSlab;
  block.size_class = c;
  block.start = static_cast<char*>(const_cast<void*>(p));
  block.usable = UsableBytes(c);
  return block;
}

Block InRun(const void* p, size_t u) {
  if (!IsRunBlock(u, p)) return Invalid("it points inside a block", "l25");
  if (!IsRunLive(u)) return Invalid("it was freed already", "l25");
  Block block;
  block.kind = Block::Kind::kRun;
  block.unit = u;
  block.start = static_cast<char*>(const_cast<void*>(p));
  block.usable = RunUsableBytes(u);
  return block;
}

// By the region map alone.
Block ByAddress(const void* p) {
  const RegionMap& map = process.superslabs.map();
  const size_t u = map.UnitOf(p);
  const uint8_t what = u < map.units() ? map.Get(u) : kNoClass;
  if (what == RegionMap::kRun) return InRun(p, u);
  if (what != kNoClass) return InSlab(p, what);
  if (!process.superslabs.Contains(p)) return Invalid("it is not hakmem's memory", "superslab");
  return Invalid("no block starts there: inside a large block, or freed already", "l25");
}

}  // namespace

Block FindBlock(const void* p) {
  if constexpr (config::kHeader) {
    AllocHeader header;
    // An aligned block may start its unit: the header is in the unit before then.
    const bool readable = process.superslabs.Contains(static_cast<const char*>(p) - sizeof(header));
    if (readable && header.Read(p) && header.method == AllocHeader::Method::kAligned) {
      Block block = ByAddress(static_cast<const char*>(p) - header.value);
      if (block.kind != Block::Kind::kInvalid && header.value < block.usable) {
        block.usable -= header.value;
        return block;
      }
    }
  }
  return ByAddress(p);
}

}  // namespace hakmem
