#include "models/wording.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "models/text_check.h"

namespace muster {
namespace {

// Control characters of C0 and C1, what takes no room, line and paragraph separators and the bidirectional controls could change what a terminal shows.
bool deceives(std::uint32_t code) {
  const auto within = [code](std::uint32_t first, std::uint32_t last) { return first <= code && code <= last; };
  return code < 0x20 || within(0x7F, 0x9F) || within(0x200B, 0x200F) || within(0x2028, 0x202E) || within(0x2066, 0x206F) || code == 0xFEFF;
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (char c : bytes) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(c));
    out += hex;
  }
}

std::string folded(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size(); ++characters) {
    if (characters == most) return out + "…";
    std::uint32_t code = 0;
    const std::size_t length = first_character(text.substr(at), code);
    const std::string_view one = text.substr(at, std::max<std::size_t>(length, 1));
    if (code == '\n' && length > 0) {
      out += "\\n";
    } else if (code == '\t' && length > 0) {
      out += "\\t";
    } else if (length == 0 || deceives(code)) {
      append_escaped(out, one);
    } else {
      out += one;
    }
    at += one.size();
  }
  return out;
}

std::string in_quotes(std::string_view text) { return "'" + printable(text, 60) + "'"; }

std::string listed(const std::vector<std::string>& items, std::string_view joint) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " " + std::string(joint) + " " : ", ";
    out += items[i];
  }
  return out;
}

std::string joined(const std::vector<std::string>& items, std::string_view joint) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) out.append(i > 0 ? joint : "").append(items[i]);
  return out;
}

// Optimal string alignment: three rows of the usual table.
int edit_distance(std::string_view a, std::string_view b, int limit) {
  const int n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
  if (std::abs(n - m) > limit) return limit + 1;
  std::vector<int> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (int j = 0; j <= m; ++j) above[j] = j;
  for (int i = 1; i <= n; ++i) {
    row[0] = i;
    int best = i;
    for (int j = 1; j <= m; ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
      best = std::min(best, row[j]);
    }
    if (best > limit) return limit + 1;
    before.swap(above);
    above.swap(row);
  }
  return std::min(above[m], limit + 1);
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t longest = 80, most = 3000;
  if (word.empty() || word.size() > longest) return "";
  const std::string wanted = folded(word);
  int best = std::max(1, static_cast<int>(word.size()) / 3) + 1;
  std::string found;
  for (std::size_t i = 0; i < std::min(candidates.size(), most); ++i) {
    if (candidates[i].size() > longest) continue;
    int distance = edit_distance(wanted, folded(candidates[i]), best - 1);
    if (distance < best && distance < static_cast<int>(candidates[i].size())) {
      best = distance;
      found = candidates[i];
    }
  }
  return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  std::string found = nearest(word, candidates);
  return found.empty() ? "" : "; did you mean " + in_quotes(found) + "?";
}

}  // namespace muster
