// The superslab heap against a model: random steps in both modes of the address space, with a clock
// and a kernel that a test holds.

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "core/config.h"
#include "core/test_random.h"
#include "superslab/superslab_heap.h"
#include "superslab/test_space.h"

namespace hakmem {
namespace {

constexpr size_t kNone = SuperslabHeap::kNone;
constexpr size_t kMostLive = 60;

// A run that the model holds. Its units carry its token at two places, or zero.
struct Held {
  size_t units = 0;
  uint64_t token = 0;
};

class Model {
 public:
  Model(SuperslabHeap* heap, uint64_t seed) : heap_(heap), random_(seed) {}

  void Step() {
    const size_t choice = random_.Below(100);
    if (choice < 30 && held_.size() < kMostLive) return Allocate();
    if (choice < 45 && held_.size() < kMostLive) return AllocateSlab();
    if (choice < 80) return Free();
    if (choice < 88) return Extend();
    if (choice < 93) return Move();
    if (choice < 98) {
      platform::GetSeams().now_ms += random_.Below(SuperslabHeap::kPurgeRoundMs);
    } else if (choice < 99) {
      platform::GetSeams().fail_purge = static_cast<int>(random_.Below(4));
    } else {
      heap_->PurgeAll();
    }
  }

  void Check() {
    heap_->Validate();
    size_t used = 0;
    for (const auto& [first, held] : held_) used += held.units;
    const SuperslabHeap::Totals totals = heap_->GetTotals();
    ASSERT_EQ(totals.used_units, used);
    peak_ = std::max(peak_, used);
    ASSERT_EQ(totals.peak_used_units, peak_);
  }

  void FreeAll() {
    platform::GetSeams().fail_purge = 0;
    while (!held_.empty()) Free();
    heap_->PurgeAll();
    EXPECT_EQ(heap_->GetTotals().dirty_units, 0u);
    EXPECT_EQ(heap_->GetTotals().used_units, 0u);
  }

 private:
  using Iterator = std::map<size_t, Held>::iterator;

  // The two places of unit `u` that are looked at.
  uint64_t* Word(size_t u, int i) {
    return reinterpret_cast<uint64_t*>(heap_->map().UnitStart(u) + (i == 0 ? 0 : 0x2008));
  }
  void Fill(size_t first, size_t units, uint64_t token) {
    for (size_t u = first; u < first + units; ++u) *Word(u, 0) = *Word(u, 1) = token;
  }
  void Expect(size_t first, size_t units, uint64_t token) {
    for (size_t u = first; u < first + units; ++u) {
      ASSERT_EQ(*Word(u, 0), token) << "unit " << u;
      ASSERT_EQ(*Word(u, 1), token) << "unit " << u;
    }
  }
  size_t RandomUnits() {
    const size_t most[] = {1, 1, 4, 16, 64, 150};
    return 1 + random_.Below(most[random_.Below(std::size(most))]);
  }
  Iterator Any() {
    return std::next(held_.begin(), static_cast<std::ptrdiff_t>(random_.Below(held_.size())));
  }

  // No run of the model overlaps [first, first + units), but `self`.
  void ExpectApart(size_t first, size_t units, Iterator self) {
    ASSERT_LE(first + units, heap_->map().units());
    for (auto it = held_.begin(); it != held_.end(); ++it) {
      if (it == self) continue;
      ASSERT_TRUE(it->first >= first + units || it->first + it->second.units <= first);
    }
  }

  void Allocate() {
    const size_t units = RandomUnits();
    const size_t alignment = size_t{1} << (random_.OneIn(4) ? random_.Below(9) : 0);
    bool zeroed = false;
    const size_t first = heap_->Allocate(units, alignment, &zeroed,
                                         static_cast<SuperslabHeap::Gathering>(random_.Below(3)));
    ASSERT_NE(first, kNone);
    ASSERT_EQ(reinterpret_cast<uintptr_t>(Word(first, 0)) % (alignment * kUnitBytes), 0u);
    ExpectApart(first, units, held_.end());
    if (zeroed) Expect(first, units, 0);
    Held held{units, random_.OneIn(8) && zeroed ? 0 : random_.Next() | 1};
    if (held.token != 0) Fill(first, units, held.token);
    held_.emplace(first, held);
    ForgetClasses(first, units);
    peak_ = std::max(peak_, heap_->GetTotals().used_units);
  }

  void AllocateSlab() {
    const auto c = static_cast<SizeClass>(1 + random_.Below(4));
    const SuperslabHeap::SlabUnits slab = heap_->AllocateSlab(c);
    ASSERT_NE(slab.first, kNone);
    ASSERT_EQ(slab.first % kUnitsPerSlab, 0u);
    ExpectApart(slab.first, kUnitsPerSlab, held_.end());
    if (slab.zeroed) Expect(slab.first, kUnitsPerSlab, 0);
    if (slab.as_before) {
      ASSERT_FALSE(slab.zeroed);
      ASSERT_EQ(last_class_[slab.first], c);
    }
    Held held{kUnitsPerSlab, random_.Next() | 1};
    Fill(slab.first, kUnitsPerSlab, held.token);
    held_.emplace(slab.first, held);
    last_class_[slab.first] = c;
    peak_ = std::max(peak_, heap_->GetTotals().used_units);
  }

  // No slab's place any more.
  void ForgetClasses(size_t first, size_t units) {
    for (size_t u = RoundDown(first, kUnitsPerSlab); u < first + units; u += kUnitsPerSlab) {
      last_class_.erase(u);
    }
  }

  void Free() {
    if (held_.empty()) return;
    const Iterator it = Any();
    const auto [first, held] = *it;
    Expect(first, held.units, held.token);
    held_.erase(it);
    // In parts, as when runs shrink.
    const size_t kept = random_.Below(held.units);
    if (kept > 0) heap_->Free(first + kept, held.units - kept);
    heap_->Free(first, kept > 0 ? kept : held.units);
  }

  void Extend() {
    if (held_.empty()) return;
    const Iterator it = Any();
    Held& held = it->second;
    const size_t wanted = held.units + RandomUnits();
    if (!heap_->Extend(it->first, held.units, wanted)) return;
    ExpectApart(it->first, wanted, it);
    Expect(it->first, held.units, held.token);
    ForgetClasses(it->first + held.units, wanted - held.units);
    held = {wanted, random_.Next() | 1};
    Fill(it->first, wanted, held.token);
    peak_ = std::max(peak_, heap_->GetTotals().used_units);
  }

  // As RunMovePages does: to a new run, and the old one is free and clean.
  void Move() {
    if (held_.empty()) return;
    const Iterator from = Any();
    const Held held = from->second;
    bool zeroed;
    const size_t more = random_.Below(20);
    const size_t to = heap_->Allocate(held.units + more, 1, &zeroed, SuperslabHeap::Gathering::kAny,
                                      /*moved_to=*/held.units);
    ASSERT_NE(to, kNone);
    ExpectApart(to, held.units + more, held_.end());
    ForgetClasses(to, held.units + more);
    peak_ = std::max(peak_, heap_->GetTotals().used_units);
    if (more > 0) heap_->Free(to + held.units, more);
    platform::GetSeams().fail_move = random_.OneIn(4) ? 1 : 0;
    if (!heap_->Move(from->first, to, held.units)) {
      Expect(from->first, held.units, held.token);
      heap_->Free(to, held.units);
      return;
    }
    Expect(from->first, held.units, 0);
    Expect(to, held.units, held.token);
    heap_->Free(from->first, held.units, /*clean=*/true);
    held_.erase(from);
    held_.emplace(to, held);
  }

  SuperslabHeap* heap_;
  TestRandom random_;
  std::map<size_t, Held> held_;
  std::map<size_t, SizeClass> last_class_;  // of the place of a slab
  size_t peak_ = 0;
};

void RunModel(bool sparse, uint64_t seed) {
  ResetSeams();
  if (sparse) {
    MakeNextInitSparse();
  } else {
    MakeNextInitSmall();
  }
  SuperslabHeap heap;
  ASSERT_TRUE(heap.Init());
  Model model(&heap, TestSeed(seed));
  for (int step = 0; step < 4000 && !testing::Test::HasFatalFailure(); ++step) {
    SCOPED_TRACE(step);
    model.Step();
    model.Check();
  }
  model.FreeAll();
  ResetSeams();
  Discard(heap.space());
}

TEST(SuperslabHeapModelTest, Reserved) {
  for (const uint64_t seed : {11, 12, 13}) RunModel(/*sparse=*/false, seed);
}

TEST(SuperslabHeapModelTest, Sparse) {
  for (const uint64_t seed : {21, 22, 23}) RunModel(/*sparse=*/true, seed);
}

}  // namespace
}  // namespace hakmem
