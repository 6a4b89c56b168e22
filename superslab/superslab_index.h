// The superslabs of a heap by what fits into them: where a run of free units is, or of dirty ones,
// that is just so long, or at least so long, is found in a few steps however large the heap is.
//
// What a superslab has is a set of lengths, of which bit n - 1 says that n units in a row are free
// (or dirty), and their neighbours not. Above the superslabs' sets there is a tree of unions:
//
//    level 1    | {1, 3} | {64}   | ...         set n: of all in node n of level 0
//                 |        |
//    level 0    | {1} {3} {} ...  | {64} {} ... set s: of superslab s
//
// So the first superslab with one of some lengths is where the sets on the way down have one of
// them. Only so many levels are in use as there are superslabs for: to 16 MiB of heap it is one
// node. Level 1 also has a bit for each superslab that is free (or dirty) as a whole, for what
// needs several in a row.
//
// Its memory is the address space's (address_space.h). Not thread-safe.
#ifndef HAKMEM_SUPERSLAB_SUPERSLAB_INDEX_H_
#define HAKMEM_SUPERSLAB_SUPERSLAB_INDEX_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "superslab/unit_bits.h"

namespace hakmem {

class SuperslabIndex {
 public:
  static constexpr size_t kNone = SIZE_MAX;
  static constexpr size_t kFanOutShift = 4;
  static constexpr size_t kFanOut = 1 << kFanOutShift;
  static constexpr size_t kMostLevels = 7;  // for 64 TiB, which are 2^26 superslabs

  enum class Kind {
    kFree,   // units that are not used
    kDirty,  // those of them that may have memory behind them
    // Likewise; but instead of lengths the places where a slab fits.
    kFreeSlabs,
    kDirtySlabs,
  };

  static constexpr Kind kKinds[] = {Kind::kFree, Kind::kDirty, Kind::kFreeSlabs, Kind::kDirtySlabs};

  struct Node {
    std::array<RunLengths, kFanOut> sets[4];         // of each kind: a small heap's share a page
    uint64_t whole[2][kFanOut * kFanOut / 64] = {};  // on level 1, of kFree and kDirty
  };

  // How many nodes of level `level` are in use for `superslabs` superslabs.
  static constexpr size_t NodesFor(size_t superslabs, size_t level) {
    if (level > 0 && superslabs <= Span(level)) return 0;
    return DivideUp(superslabs, Span(level + 1));
  }

  static constexpr size_t BytesFor(size_t superslabs, size_t level) {
    return NodesFor(superslabs, level) * sizeof(Node);
  }

  // Says where the nodes of a level are: the first, and how many bytes it is from one to the next,
  // which may be before it. Zeros, as many as NodesFor the superslabs that there are.
  void Place(size_t level, Node* first, ptrdiff_t stride = sizeof(Node)) {
    levels_at_[level] = {reinterpret_cast<uintptr_t>(first), static_cast<uintptr_t>(stride)};
  }

  // There are `superslabs` superslabs now, and not fewer than before. New ones have nothing.
  void Grow(size_t superslabs) {
    superslabs_ = superslabs;
    for (; superslabs > Span(levels_); ++levels_) {
      for (const Kind kind : kKinds) {
        Sets(kind, levels_, 0)[0] = Union(Sets(kind, levels_ - 1, 0));
      }
      if (levels_ > 1) continue;
      // Level 1 begins.
      for (size_t s = 0; s < kFanOut; ++s) {
        for (const Kind kind : {Kind::kFree, Kind::kDirty}) SetWhole(kind, s, Get(kind, s));
      }
    }
  }

  // Says what superslab `s` has.
  void Set(Kind kind, size_t s, RunLengths lengths) {
    if (Get(kind, s) == lengths) return;
    if (HasWhole() && (kind == Kind::kFree || kind == Kind::kDirty)) SetWhole(kind, s, lengths);
    for (size_t level = 0;; ++level) {
      auto& sets = Sets(kind, level, s / kFanOut);
      RunLengths& set = sets[s % kFanOut];
      if (set == lengths) return;
      set = lengths;
      if (level + 1 == levels_) return;
      lengths = Union(sets);
      s /= kFanOut;
    }
  }

  char* first(size_t level) const { return reinterpret_cast<char*>(levels_at_[level].first); }

  RunLengths Get(Kind kind, size_t s) const { return Sets(kind, 0, s / kFanOut)[s % kFanOut]; }

  // What there is in any superslab.
  RunLengths All(Kind kind) const {
    return superslabs_ == 0 ? 0 : Union(Sets(kind, levels_ - 1, 0));
  }

  // The first superslab from `from` on that has one of `lengths`; kNone: there is none.
  size_t First(Kind kind, size_t from, RunLengths lengths) const {
    size_t level = 0;
    size_t at = from;  // a set of that level
    while (at < SetsAt(level)) {
      const size_t node = at / kFanOut;
      const SetsOfNode& sets = Sets(kind, level, node);
      size_t i = at % kFanOut;
      while (i < kFanOut && (sets[i] & lengths) == 0) ++i;
      at = node * kFanOut + i;
      if (i == kFanOut) {
        if (++level == levels_) break;
        at /= kFanOut;
      } else if (level == 0) {
        return at;
      } else {
        --level;
        at *= kFanOut;
      }
    }
    return kNone;
  }

  // The last one before `before`, which is at most the number of superslabs; or kNone.
  size_t Last(Kind kind, size_t before, RunLengths lengths) const {
    size_t level = 0;
    size_t end = before;  // one past a set of that level
    while (end > 0) {
      const size_t node = (end - 1) / kFanOut;
      const SetsOfNode& sets = Sets(kind, level, node);
      size_t i = (end - 1) % kFanOut + 1;
      while (i > 0 && (sets[i - 1] & lengths) == 0) --i;
      end = node * kFanOut + i;
      if (i == 0) {
        if (++level == levels_) break;
        end /= kFanOut;
      } else if (level == 0) {
        return end - 1;
      } else {
        --level;
        end *= kFanOut;
      }
    }
    return kNone;
  }

  // The first of `count` superslabs in a row, all free (or dirty) as a whole, from `from` on; if
  // `even`, with an even number. kNone where there are none, or there is but one level.
  size_t FirstRow(Kind kind, size_t from, size_t count, bool even) const {
    if (!HasWhole()) return kNone;
    for (size_t first = from; first + count <= superslabs_;) {
      // Rows of so many that start in the lower half of 64 bits.
      const size_t window = RoundDown(first, kHalfWord);
      const uint64_t starts = BitRangeStarts(WholeFrom(kind, window), std::min(count, kHalfWord)) &
                              kMultiples[even ? 1 : 0] &
                              BitRange(first - window, window + kHalfWord - first);
      if (starts == 0) {
        first = window + kHalfWord;
        continue;
      }
      first = window + static_cast<size_t>(std::countr_zero(starts));
      if (first + count > superslabs_) break;
      size_t end = first + std::min(count, kHalfWord);
      while (end < first + count && IsWhole(kind, end)) ++end;
      if (end == first + count) return first;
      first = end + 1;
    }
    return kNone;
  }
  // Whether the bit of superslab `s` says that it is so; only where there is more than one level.
  bool IsWhole(Kind kind, size_t s) const { return (Whole(kind, s) >> s % 64 & 1) != 0; }
  bool HasWhole() const { return levels_ > 1; }

 private:
  static constexpr size_t kHalfWord = 32;

  using SetsOfNode = std::array<RunLengths, kFanOut>;
  struct LevelAt {
    uintptr_t first = 0;
    uintptr_t stride = 0;  // modulo 2^64
  };

  // How many superslabs a set of level `level` stands for.
  static constexpr size_t Span(size_t level) { return size_t{1} << (kFanOutShift * level); }

  size_t SetsAt(size_t level) const { return DivideUp(superslabs_, Span(level)); }
  Node& NodeAt(size_t level, size_t node) const {
    const LevelAt& at = levels_at_[level];
    return *reinterpret_cast<Node*>(at.first + node * at.stride);
  }
  SetsOfNode& Sets(Kind kind, size_t level, size_t node) const {
    return NodeAt(level, node).sets[static_cast<size_t>(kind)];
  }
  // The word with the bit of superslab `s`.
  uint64_t& Whole(Kind kind, size_t s) const {
    constexpr size_t kInNode = kFanOut * kFanOut;
    return NodeAt(1, s / kInNode).whole[static_cast<size_t>(kind)][s % kInNode / 64];
  }
  void SetWhole(Kind kind, size_t s, RunLengths lengths) {
    const uint64_t bit = uint64_t{1} << s % 64;
    uint64_t& word = Whole(kind, s);
    word = (lengths & JustLength(kUnitsPerSuperslab)) != 0 ? word | bit : word & ~bit;
  }
  // The bits of 64 superslabs, as far as there are so many, from `s` on, a multiple of 32.
  uint64_t WholeFrom(Kind kind, size_t s) const {
    if (s % 64 == 0) return Whole(kind, s);
    const size_t next = s + kHalfWord;
    return Whole(kind, s) >> kHalfWord | (next < superslabs_ ? Whole(kind, next) << kHalfWord : 0);
  }
  static RunLengths Union(const SetsOfNode& sets) {
    RunLengths all = 0;
    for (const RunLengths set : sets) all |= set;
    return all;
  }

  std::array<LevelAt, kMostLevels> levels_at_{};
  size_t levels_ = 1;
  size_t superslabs_ = 0;
};

}  // namespace hakmem

#endif  // HAKMEM_SUPERSLAB_SUPERSLAB_INDEX_H_
