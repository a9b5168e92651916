#include "reports/page_table.h"

#include "reports/layout.h"

namespace muster {
namespace {

// A bar would end the cell.
std::string cell_text(const PageCell& cell) {
  std::string out;
  for (const char c : printable(cell.text)) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell.kind == PageCell::Kind::name || cell.kind == PageCell::Kind::verdict ? "**" + out + "**" : out;
}

}  // namespace

std::string markdown(const PageTable& table) {
  if (table.rows.empty()) return "";
  std::string out = table.caption + ":\n\n|", rule = "|";
  for (const PageCell& cell : table.head) {
    out += " " + printable(cell.text) + " |";
    rule += cell.kind == PageCell::Kind::number ? " ---: |" : " --- |";
  }
  out += "\n" + rule + "\n";
  for (const auto& row : table.rows) {
    out += "|";
    for (const PageCell& cell : row) out += " " + (cell.text.empty() ? "" : cell_text(cell) + " ") + "|";
    out += "\n";
  }
  return out + "\n";
}

}  // namespace muster
