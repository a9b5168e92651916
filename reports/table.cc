#include "reports/table.h"

#include <algorithm>
#include <stdexcept>

namespace muster {
namespace {
constexpr int indent = 2, gap = 2;
}

void Table::row(std::vector<Cell> cells) {
  if (cells.size() > columns_.size())
    throw std::logic_error("a table row has more cells than the table has columns");
  cells.resize(columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i].text = shortened(cells[i].text, columns_[i].most);
  rows_.push_back({std::move(cells)});
}

void Table::line(std::string text, Ink ink) { rows_.push_back({{{std::move(text), ink}}, true}); }

// The first column gets what the others leave over, and longer texts in it do not count.
std::vector<int> Table::widths(const Style& style) const {
  std::vector<int> widths(columns_.size(), 0);
  for (std::size_t i = columns_.size(); i-- > 0;) {
    int available = style.width - indent;
    if (i == 0)
      for (std::size_t other = 1; other < columns_.size(); ++other) available -= widths[other] + gap;
    widths[i] = display_width(columns_[i].title);
    for (const Row& row : rows_) {
      if (row.across) continue;
      const int width = display_width(row.cells[i].text);
      if (width <= available) widths[i] = std::max(widths[i], width);
    }
  }
  return widths;
}

std::string Table::render(const std::vector<Cell>& cells, const std::vector<int>& widths,
                          const Style& style) const {
  std::string out, line(indent, ' ');
  if (display_width(cells[0].text) > widths[0]) {
    out += line + style.paint(cells[0].ink, shortened(cells[0].text, style.width - indent)) + "\n";
    line += std::string(static_cast<std::size_t>(widths[0]), ' ');
  } else {
    line += style.paint(cells[0].ink, padded(cells[0].text, widths[0], columns_[0].align));
  }
  std::size_t last = cells.size();
  while (last > 1 && cells[last - 1].text.empty()) --last;
  if (last == 1 && !out.empty()) return out;
  for (std::size_t i = 1; i < last; ++i) {
    const bool open = i + 1 == last && columns_[i].align == Align::left;  // nothing trails on the line
    const std::string text = open ? cells[i].text : padded(cells[i].text, widths[i], columns_[i].align);
    line += std::string(gap, ' ') + style.paint(cells[i].ink, text);
  }
  if (last == 1) line.erase(line.find_last_not_of(' ') + 1);
  return out + line + "\n";
}

std::string Table::text(const Style& style) const {
  const std::vector<int> width = widths(style);
  std::vector<Cell> titles;
  for (const Column& column : columns_) titles.push_back({column.title, Ink::dim});
  const bool titled =
      std::any_of(columns_.begin(), columns_.end(), [](const Column& c) { return !c.title.empty(); });
  std::string out = titled ? render(titles, width, style) : "";
  for (const Row& row : rows_) {
    if (!row.across) {
      out += render(row.cells, width, style);
      continue;
    }
    std::string lines = wrapped(row.cells[0].text, style.width, "    ", "      ");
    if (!lines.empty()) lines.pop_back();
    out += style.paint(row.cells[0].ink, lines) + "\n";
  }
  return out;
}

}  // namespace muster
