// What a comparison measured, as all its reports read it, and as JSON.
//
//   {"program": "compare", "machine": "...", "date": "...", "quick": false, "rounds": 5,
//    "allocators": [{"key": "mimalloc", "title": "mimalloc", "library": "/..."}, ...],
//    "rows": [{"name": "larson", "title": "...", "group": "synthetic", "memory": "peak RSS",
//              "cells": [{"failure": "", "rounds": [{"seconds": 1.2, ...}, ...],
//                         "rss": [[seconds, MiB], ...]}, ...]}]}
//
// Invariant: every row has a cell for each allocator, in the same order.
#ifndef BENCH_COMPARE_RESULTS_H_
#define BENCH_COMPARE_RESULTS_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/harness/peers.h"

namespace hakmem::bench {

// Resident memory at a moment: seconds since the start of the process, MiB.
using RssSample = std::pair<double, double>;

// One workload under one allocator.
struct CellResult {
  std::string failure;  // empty when all rounds succeeded
  std::vector<std::map<std::string, double>> rounds;
  std::vector<RssSample> rss;  // of the first round; empty when it was not sampled
};

// One workload under all allocators.
struct RowResult {
  std::string name;
  std::string title;
  std::string group;   // "synthetic" or "program"
  std::string memory;  // what the figure for memory is: "peak RSS"
  std::vector<CellResult> cells;
};

struct Results {
  std::string machine;  // processor, cores, kernel
  std::string date;
  bool quick = false;  // with less work than usual: not comparable with runs that are not quick
  size_t rounds = 0;
  std::vector<Allocator> allocators;
  std::vector<RowResult> rows;
};

// Ends with a newline.
std::string ToJson(const Results& results);

// The reverse. An error says what is malformed.
absl::StatusOr<Results> FromJson(const std::string& text);

// Reads a file of ToJson's.
absl::StatusOr<Results> ReadResults(const std::string& path);

}  // namespace hakmem::bench

#endif  // BENCH_COMPARE_RESULTS_H_
