// A table for a terminal: aligned columns, a header, a rule under it.
#ifndef BENCH_HARNESS_TABLE_H_
#define BENCH_HARNESS_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

namespace hakmem::bench {

// Not thread-safe. Every row has as many cells as there are columns: AddRow fills up what is
// missing with empty cells. Cells are ASCII, so that bytes are columns.
class Table {
 public:
  enum class Align { kLeft, kRight };

  struct Column {
    std::string header;  // with its unit
    Align align = Align::kRight;
  };

  explicit Table(std::vector<Column> columns);

  // Cells beyond the last column are an error and end the program.
  void AddRow(std::vector<std::string> cells);

  // Two spaces between columns, no spaces at a line's end, a newline after each line.
  std::string ToString() const;

 private:
  std::string FormatLine(const std::vector<std::string>& cells,
                         const std::vector<size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hakmem::bench

#endif  // BENCH_HARNESS_TABLE_H_
