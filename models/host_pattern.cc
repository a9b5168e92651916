#include "models/host_pattern.h"

#include <stdexcept>

#include "models/wording.h"

namespace muster {
namespace {

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view without_dot(std::string_view host) {
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  return host;
}

// A star that fits at first and not in the end takes one character more, and only the last star need do so.
bool glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = pattern.npos, taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && small(pattern[p]) == small(text[t])) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool host_matches(std::string_view pattern, std::string_view host) {
  pattern = without_dot(pattern);
  host = without_dot(host);
  if (host.empty()) return false;
  if (pattern.size() > 1 && pattern[0] == '.') return glob(pattern.substr(1), host) || glob("*" + std::string(pattern), host);
  return glob(pattern, host);
}

std::size_t matching_pattern(const std::vector<std::string>& patterns, std::string_view host) {
  std::size_t i = 0;
  while (i < patterns.size() && !host_matches(patterns[i], host)) ++i;
  return i;
}

void check_host_pattern(std::string_view pattern) {
  const std::string expected = "; expected a host such as db.example, *.example for all below it, or .example for both";
  bool any = false;
  for (const char c : pattern) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '-' && c != '_' && c != '.' && c != '*') throw std::invalid_argument(in_quotes(pattern) + " is no host" + expected);
    any |= letter || c == '*';
  }
  if (!any || pattern.size() > 253 || pattern.find("..") != pattern.npos) throw std::invalid_argument(in_quotes(pattern) + " is no host" + expected);
}

}  // namespace muster
