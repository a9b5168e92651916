#include "reports/markdown_html.h"

#include <algorithm>
#include <vector>

namespace muster {
namespace {

std::size_t run_of(std::string_view text, std::size_t at, char c) {
  std::size_t end = at;
  while (end < text.size() && text[end] == c) ++end;
  return end - at;
}

// Spaces and line ends stay, which escaped() would trim.
std::string html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

// Where a run of just so many begins; npos where there is none.
std::size_t find_run(std::string_view text, std::size_t from, char c, std::size_t length) {
  for (std::size_t at = text.find(c, from); at != std::string_view::npos; at = text.find(c, at)) {
    const std::size_t run = run_of(text, at, c);
    if (run == length) return at;
    at += run;
  }
  return std::string_view::npos;
}

std::string code(std::string_view inside) {
  if (inside.size() > 2 && inside.front() == ' ' && inside.back() == ' ' && (inside[1] == '`' || inside[inside.size() - 2] == '`')) inside = inside.substr(1, inside.size() - 2);
  std::string plain(inside);
  for (std::size_t at = 0; (at = plain.find("\\|", at)) != std::string::npos; ++at) plain.erase(at, 1);
  return "<code>" + html(plain) + "</code>";
}

std::string strong(std::string_view inside) {
  for (const auto& [word, kind] : {std::pair("MET", "met"), std::pair("MISSED", "missed"), std::pair("UNDECIDED", "undecided"), std::pair("STALE", "missed"), std::pair("OVERDUE", "missed")})
    if (inside == word) return "<span class=\"verdict " + std::string(kind) + "\">" + word + "</span>";
  return "<strong>" + html_of_inline(inside) + "</strong>";
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells{""};
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '|')
      cells.emplace_back();
    else
      cells.back() += line[i];
    if (line[i] == '\\' && i + 1 < line.size()) cells.back() += line[++i];
  }
  cells.pop_back();  // what is behind the last bar
  for (std::string& cell : cells) {
    const std::size_t first = cell.find_first_not_of(' ');
    cell = first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1);
  }
  return cells;
}

void add_rows(Markup& page, const std::vector<std::string_view>& lines, const std::string& caption) {
  const std::vector<std::string> head = cells_of(lines[0]);
  page.open("div", {{"class", "wide"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", caption}}).open("table");
  if (std::any_of(head.begin(), head.end(), [](const std::string& cell) { return !cell.empty(); })) {
    page.open("thead").open("tr");
    for (const std::string& cell : head) {
      if (cell.empty())
        page.open("td").close();
      else
        page.open("th", {{"scope", "col"}}).raw(html_of_inline(cell)).close();
    }
    page.close().close();
  }
  page.open("tbody");
  for (std::size_t i = 2; i < lines.size(); ++i) {
    page.open("tr");
    const std::vector<std::string> cells = cells_of(lines[i]);
    for (std::size_t c = 0; c < cells.size(); ++c) page.open(c == 0 ? "th" : "td", c == 0 ? Attributes{{"scope", "row"}} : Attributes{}).raw(html_of_inline(cells[c])).close();
    page.close();
  }
  page.close().close().close();
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

std::string html_of_inline(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      out += html(text.substr(i + 1, 1));
      i += 2;
      continue;
    }
    if (text[i] == '`') {
      const std::size_t run = run_of(text, i, '`'), end = find_run(text, i + run, '`', run);
      if (end != std::string_view::npos) {
        out += code(text.substr(i + run, end - i - run));
        i = end + run;
        continue;
      }
    }
    if (text.substr(i, 2) == "**")
      if (const std::size_t end = text.find("**", i + 2); end != std::string_view::npos && text[end - 1] != '\\') {
        out += strong(text.substr(i + 2, end - i - 2));
        i = end + 2;
        continue;
      }
    const std::size_t next = std::min(text.find_first_of("\\`*", i + 1), text.size());
    out += html(text.substr(i, next - i));
    i = next;
  }
  return out;
}

void add_markdown(Markup& page, std::string_view markdown, const std::string& caption) {
  const std::vector<std::string_view> lines = lines_of(markdown);
  for (std::size_t i = 0; i < lines.size();) {
    const std::string_view line = lines[i];
    const auto all_that = [&](std::string_view start) {
      std::vector<std::string_view> out;
      while (i < lines.size() && lines[i].starts_with(start)) out.push_back(lines[i++]);
      return out;
    };
    if (line.empty()) {
      ++i;
    } else if (line.starts_with("```")) {
      const std::string fence(run_of(line, 0, '`'), '`');
      std::string block;
      for (++i; i < lines.size() && lines[i] != fence; ++i) block += std::string(lines[i]) + "\n";
      ++i;
      page.open("pre", {{"tabindex", "0"}}).raw(html(block)).close();
    } else if (line.starts_with("|")) {
      add_rows(page, all_that("|"), caption);
    } else if (line.starts_with("- ")) {
      page.open("ul");
      for (const std::string_view item : all_that("- ")) page.open("li").raw(html_of_inline(item.substr(2))).close();
      page.close();
    } else if (const std::size_t level = run_of(line, 0, '#'); level > 0 && level <= 6 && line.size() > level && line[level] == ' ') {
      page.open("h" + std::to_string(level)).raw(html_of_inline(line.substr(level + 1))).close();
      ++i;
    } else {
      page.open("p").raw(html_of_inline(line)).close();
      ++i;
    }
  }
}

}  // namespace muster
