#pragma once
#include <string>
#include <vector>

#include "reports/layout.h"
#include "reports/style.h"

/// A table of short texts that keeps within the page.
namespace muster {

struct Cell {
  std::string text;
  Ink ink = Ink::plain;
};

struct Column {
  std::string title;
  Align align = Align::left;
  int most = 1000;  ///< columns; longer texts are shortened
};

/// Columns are as wide as their texts, two spaces apart, indented by two. Where that is wider than the page,
/// long texts of the first column stand on a line of their own above the rest of their row.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void row(std::vector<Cell> cells);  ///< missing cells at the end are empty
  void line(std::string text,
            Ink ink = Ink::plain);  ///< across the table, wrapped, a little further indented
  bool empty() const { return rows_.empty(); }
  std::string text(const Style& style) const;

 private:
  struct Row {
    std::vector<Cell> cells;
    bool across = false;
  };
  std::vector<int> widths(const Style& style) const;
  std::string render(const std::vector<Cell>& cells, const std::vector<int>& widths,
                     const Style& style) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace muster
