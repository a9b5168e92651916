#include "reports/markup.h"

#include <algorithm>
#include <stdexcept>

#include "reports/layout.h"

namespace muster {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  return out;
}

Markup& Markup::open(const std::string& tag, const Attributes& attributes) {
  out_ += "<" + tag;
  for (const auto& [name, value] : attributes) out_ += " " + name + "=\"" + escaped(value) + "\"";
  out_ += ">";
  open_.push_back(tag);
  return *this;
}

Markup& Markup::close() {
  if (open_.empty()) throw std::logic_error("an element is closed that was never opened");
  out_ += "</" + open_.back() + ">";
  // Lines keep the source of a page readable; inside a paragraph they would be spaces.
  static constexpr std::string_view blocks[] = {"p", "table", "tr", "section", "figure", "h1", "h2", "h3", "ul", "details", "nav"};
  if (std::find(std::begin(blocks), std::end(blocks), open_.back()) != std::end(blocks)) out_ += "\n";
  open_.pop_back();
  return *this;
}

Markup& Markup::text(std::string_view text) {
  out_ += escaped(text);
  return *this;
}

Markup& Markup::element(const std::string& tag, std::string_view words, const Attributes& attributes) {
  return open(tag, attributes).text(words).close();
}

Markup& Markup::void_close() {
  if (open_.empty()) throw std::logic_error("an element is ended that was never opened");
  open_.pop_back();
  return *this;
}

Markup& Markup::raw(std::string_view markup) {
  out_ += markup;
  return *this;
}

std::string Markup::done() const {
  if (!open_.empty()) throw std::logic_error("<" + open_.back() + "> is not closed");
  return out_;
}

namespace {

std::string lower(std::string word) {
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return word;
}

void add_cell(Markup& page, const PageCell& cell) {
  switch (cell.kind) {
    case PageCell::Kind::text: page.element("td", cell.text); break;
    case PageCell::Kind::number: page.element("td", cell.text, {{"class", "n"}}); break;
    case PageCell::Kind::name: page.element("th", cell.text, {{"scope", "row"}}); break;
    case PageCell::Kind::verdict:
      page.open("td").element("span", cell.text, {{"class", "verdict " + lower(cell.text)}}).close();
  }
}

}  // namespace

void add_table(Markup& page, const PageTable& table) {
  if (table.rows.empty()) return;
  page.open("div", {{"class", "wide"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", table.caption}}).open("table");
  page.element("caption", table.caption).open("thead").open("tr");
  for (const PageCell& cell : table.head)
    page.element("th", cell.text,
                 cell.kind == PageCell::Kind::number ? Attributes{{"scope", "col"}, {"class", "n"}}
                                                     : Attributes{{"scope", "col"}});
  page.close().close().open("tbody");
  for (const auto& row : table.rows) {
    page.open("tr");
    for (const PageCell& cell : row) add_cell(page, cell);
    page.close();
  }
  page.close().close().close();
}

}  // namespace muster
