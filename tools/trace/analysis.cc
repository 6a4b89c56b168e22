#include "tools/trace/analysis.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace hakmem::trace {
namespace {

struct Block {
  uint64_t size;
  uint64_t birth;  // time
};

// Runs the events one after another.
class Replay {
 public:
  Replay(Analysis* analysis, uint64_t start) : analysis_(*analysis), start_(start) {}

  void Allocate(const TraceEvent& event) {
    const auto [place, is_new] = live_.try_emplace(event.address, Block{event.size, event.time});
    if (!is_new) {
      ++analysis_.overlaps;
      End(place->second);
      place->second = {event.size, event.time};
    }
    const size_t r = RowOf(event.size);
    RowStats& row = analysis_.rows[r];
    ++row.blocks;
    row.bytes += event.size;
    const uint64_t block_bytes = BlockBytes(event.size);
    row_block_bytes_[r] += block_bytes;
    row.peak_block_bytes = std::max(row.peak_block_bytes, row_block_bytes_[r]);
    block_bytes_ += block_bytes;
    analysis_.peak_block_bytes = std::max(analysis_.peak_block_bytes, block_bytes_);
    ++now_.blocks;
    now_.bytes += event.size;
    if (now_.bytes > analysis_.peak.bytes) {
      analysis_.peak = {event.time - start_, now_.blocks, now_.bytes};
    }
  }

  void Free(uint64_t address, uint64_t time) {
    const auto place = live_.find(address);
    if (place == live_.end()) {
      ++analysis_.unknown;
      return;
    }
    analysis_.rows[RowOf(place->second.size)].lifetimes.push_back(time - place->second.birth);
    End(place->second);
    live_.erase(place);
  }

  // What is live when all is done.
  void Finish() {
    for (const auto& [address, block] : live_) {
      RowStats& row = analysis_.rows[RowOf(block.size)];
      ++row.live_blocks;
      row.live_bytes += block.size;
    }
    for (RowStats& row : analysis_.rows) std::sort(row.lifetimes.begin(), row.lifetimes.end());
    analysis_.end = {analysis_.duration, now_.blocks, now_.bytes};
  }

  uint64_t live_bytes() const { return now_.bytes; }

 private:
  void End(const Block& block) {
    --now_.blocks;
    now_.bytes -= block.size;
    const uint64_t block_bytes = BlockBytes(block.size);
    block_bytes_ -= block_bytes;
    row_block_bytes_[RowOf(block.size)] -= block_bytes;
  }

  Analysis& analysis_;
  const uint64_t start_;
  Moment now_;
  uint64_t block_bytes_ = 0;  // of live blocks
  std::array<uint64_t, kNumRows> row_block_bytes_ = {};
  absl::flat_hash_map<uint64_t, Block> live_;  // by address
};

}  // namespace

size_t RowOf(uint64_t size) {
  if (size <= kMaxTinyRequest) return TinyClass(size);
  if (size <= kMaxMidRequest) return MidClass(size);
  return size <= kSuperslabBytes ? kL25Row : kHugeRow;
}

uint64_t BlockBytes(uint64_t size) {
  const size_t row = RowOf(size);
  return row < kNumClasses ? kGeometry[row].stride : RoundUp(size, kPageBytes);
}

Analysis Analyze(const Trace& trace, size_t intervals) {
  Analysis analysis;
  analysis.events = trace.events.size();
  analysis.live_bytes.resize(intervals);
  if (trace.events.empty()) return analysis;
  const uint64_t start = trace.events.front().time;
  analysis.duration = trace.events.back().time - start;

  Replay replay(&analysis, start);
  absl::flat_hash_set<uint32_t> threads;
  size_t interval = 0;
  for (const TraceEvent& event : trace.events) {
    const Call call = static_cast<Call>(event.call);
    ++analysis.calls[event.call];
    threads.insert(event.thread);
    // Multiplied in floating point: it may exceed 64 bits.
    const double part = static_cast<double>(event.time - start) /
                        (static_cast<double>(analysis.duration) + 1) *
                        static_cast<double>(intervals);
    const size_t new_interval = std::min(static_cast<size_t>(part), intervals - 1);
    // An interval begins with what the one before it left.
    while (interval < new_interval) analysis.live_bytes[++interval] = replay.live_bytes();
    if (IsFree(call)) {
      replay.Free(event.address, event.time);
    } else if (event.address == 0) {
      ++analysis.failed;
    } else {
      if (event.old_address != 0) replay.Free(event.old_address, event.time);
      replay.Allocate(event);
    }
    analysis.live_bytes[interval] = std::max(analysis.live_bytes[interval], replay.live_bytes());
  }
  analysis.threads = threads.size();
  replay.Finish();
  return analysis;
}

}  // namespace hakmem::trace
