#include "reports/markdown.h"

#include <algorithm>

#include "reports/layout.h"

namespace muster {
namespace {

// The longest run of a character.
std::size_t longest_run(std::string_view text, char c) {
  std::size_t longest = 0, run = 0;
  for (const char one : text) {
    run = one == c ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (std::string_view("\\`*_{}[]<>#|~!&").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  // What would begin a list, at the start of a line.
  if (!out.empty() && (out[0] == '-' || out[0] == '+')) out.insert(out.begin(), '\\');
  return out;
}

std::string markdown_code(std::string_view text) {
  std::string plain = printable(text);
  if (plain.empty()) return "";
  const std::string fence(longest_run(plain, '`') + 1, '`');
  // In a table a bar ends the cell even within code.
  for (std::size_t at = 0; (at = plain.find('|', at)) != std::string::npos; at += 2) plain.replace(at, 1, "\\|");
  const std::string space = plain.front() == '`' || plain.back() == '`' ? " " : "";
  return fence + space + plain + space + fence;
}

std::string markdown_block(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line(text.substr(at, end - at));
    for (char& c : line)
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) c = c == '\r' ? ' ' : '?';
    plain += line + "\n";
    at = end + 1;
  }
  while (plain.size() > 1 && plain.ends_with("\n\n")) plain.pop_back();
  const std::string fence(std::max<std::size_t>(longest_run(plain, '`') + 1, 3), '`');
  return fence + "text\n" + plain + fence + "\n";
}

std::string markdown_table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return "";
  std::string out = "|", rule = "|";
  for (const std::string& title : titles) {
    out += " " + title + " |";
    rule += " --- |";
  }
  out += "\n" + rule + "\n";
  for (const auto& row : rows) {
    out += "|";
    for (std::size_t i = 0; i < titles.size(); ++i) out += " " + (i < row.size() ? row[i] : "") + " |";
    out += "\n";
  }
  return out;
}

std::string markdown_list(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += "- " + item + "\n";
  return out;
}

}  // namespace muster
