#include "box/observe/size_histogram.h"

#include <algorithm>

#include "core/platform.h"
#include "core/report.h"

namespace hakmem {
namespace {

constexpr uint64_t kBarColumns = 30;

void Increase(std::atomic<uint64_t>& counter, uint64_t by) {
  counter.fetch_add(by, std::memory_order_relaxed);
}
uint64_t Read(const std::atomic<uint64_t>& counter) {
  return counter.load(std::memory_order_relaxed);
}

}  // namespace

size_t SizeHistogram::RowOf(size_t usable) {
  if (usable <= kMaxTinyRequest) return TinyClass(usable);
  if (usable <= kMaxMidRequest) return MidClass(usable);
  return usable <= kSuperslabBytes ? kL25Row : kHugeRow;
}

void SizeHistogram::Add(const Event& event) {
  if (IsFree(event.request.call) || event.address == nullptr) return;
  const size_t size = event.request.size;
  if (size <= kMaxTinyRequest) Increase(exact_[size], 1);
  Row& row = rows_[RowOf(event.usable)];
  Increase(row.requests, 1);
  Increase(row.bytes_requested, size);
  Increase(row.bytes_given, event.usable);
}

void SizeHistogram::Clear() {
  for (std::atomic<uint64_t>& count : exact_) count.store(0, std::memory_order_relaxed);
  for (Row& row : rows_) {
    row.requests.store(0, std::memory_order_relaxed);
    row.bytes_requested.store(0, std::memory_order_relaxed);
    row.bytes_given.store(0, std::memory_order_relaxed);
  }
}

SizeHistogram::Totals SizeHistogram::Sum() const {
  Totals totals;
  for (const Row& row : rows_) {
    const uint64_t requests = Read(row.requests);
    totals.requests += requests;
    totals.bytes_requested += Read(row.bytes_requested);
    totals.bytes_given += Read(row.bytes_given);
    totals.most_requests = std::max(totals.most_requests, requests);
  }
  return totals;
}

void SizeHistogram::PrintRow(int fd, size_t row, const Totals& totals) const {
  const uint64_t requests = Read(rows_[row].requests);
  if (requests == 0) return;
  const uint64_t requested = Read(rows_[row].bytes_requested);
  const uint64_t given = Read(rows_[row].bytes_given);
  OutputLine line(fd);
  if (row < kNumClasses) {
    line.text().Aligned(UsableBytes(static_cast<SizeClass>(row)), 10);
  } else {
    line.text().Aligned(row == kL25Row ? "to 1 MiB" : "more", 10);
  }
  line.text().Aligned(requests, 14).Percent(requests, totals.requests, 9);
  line.text().Aligned(requested, 18).Aligned(given, 18).Percent(given - requested, given, 9)
      << "  ";
  const uint64_t bar = (requests * kBarColumns + totals.most_requests - 1) / totals.most_requests;
  for (uint64_t i = 0; i < bar; ++i) line.text() << "#";
}

void SizeHistogram::PrintAnswer(int fd, const Totals& totals) const {
  const uint64_t exactly = Count(1024);
  uint64_t near = 0;
  for (size_t size = 1009; size <= 1024; ++size) near += Count(size);
  OutputLine line(fd);
  line.text() << "  exactly 1024 bytes: " << exactly << " of " << totals.requests << " requests, ";
  line.text().Percent(exactly, totals.requests, 0) << "; 1009 to 1024 bytes: " << near << ", ";
  line.text().Percent(near, totals.requests, 0);
}

void SizeHistogram::Print(int fd) const {
  static_assert(kMaxTinyRequest == 1024, "PrintAnswer counts up to there");
  OutputLine(fd).text() << "hakmem: sizes asked for by " << platform::ProgramName() << " (process "
                        << uint64_t{platform::ProcessId()} << ")";
  OutputLine(fd).text() << "  block of      requests    share   bytes requested       bytes given"
                        << "   unused";
  const Totals totals = Sum();
  for (size_t row = 1; row < kNumClasses + 2; ++row) PrintRow(fd, row, totals);
  {
    OutputLine line(fd);
    line.text().Aligned("total", 10).Aligned(totals.requests, 14);
    line.text().Percent(totals.requests, totals.requests, 9).Aligned(totals.bytes_requested, 18);
    line.text().Aligned(totals.bytes_given, 18);
    line.text().Percent(totals.bytes_given - totals.bytes_requested, totals.bytes_given, 9);
  }
  PrintAnswer(fd, totals);
}

}  // namespace hakmem
