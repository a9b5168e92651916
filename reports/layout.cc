#include "reports/layout.h"

#include <cstdint>
#include <vector>

#include "models/text_check.h"

namespace muster {
namespace {

struct Character {
  std::uint32_t code;
  std::size_t bytes;
};

// The character that begins at `at`; a stray byte is a character of its own.
Character character(std::string_view text, std::size_t at) {
  Character c{0xFFFD, 0};
  c.bytes = first_character(text.substr(at), c.code);
  return c.bytes > 0 ? c : Character{0xFFFD, 1};
}

bool within(std::uint32_t code, std::uint32_t first, std::uint32_t last) {
  return first <= code && code <= last;
}

int columns(std::uint32_t code) {
  if (within(code, 0x300, 0x36F) || within(code, 0x1AB0, 0x1AFF) || within(code, 0x20D0, 0x20FF) ||
      within(code, 0x200B, 0x200D) || within(code, 0xFE00, 0xFE0F))
    return 0;
  if (within(code, 0x1100, 0x115F) || within(code, 0x2E80, 0xA4CF) || within(code, 0xAC00, 0xD7A3) ||
      within(code, 0xF900, 0xFAFF) || within(code, 0xFE30, 0xFE6F) || within(code, 0xFF00, 0xFF60) ||
      within(code, 0x1F300, 0x1FAFF) || within(code, 0x20000, 0x3FFFD))
    return 2;
  return 1;
}

bool deceives(std::uint32_t code) {
  return code < 0x20 || within(code, 0x7F, 0x9F) || within(code, 0x200E, 0x200F) ||
         within(code, 0x2028, 0x202E) || within(code, 0x2066, 0x206F) || code == 0xFEFF;
}

// How many bytes of the text fit in so many columns.
std::size_t bytes_within(std::string_view text, int width) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Character c = character(text, at);
    width -= columns(c.code);
    if (width < 0) break;
    at += c.bytes;
  }
  return at;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character(text, at);
    width += columns(c.code);
    at += c.bytes;
  }
  return width;
}

std::string padded(std::string_view text, int width, Align align) {
  const int missing = width - display_width(text);
  const std::string spaces(missing > 0 ? static_cast<std::size_t>(missing) : 0, ' ');
  return align == Align::left ? std::string(text) + spaces : spaces + std::string(text);
}

std::string shortened(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  return std::string(text.substr(0, bytes_within(text, width - 1))) + "…";
}

std::string wrapped(std::string_view text, int width, std::string_view first, std::string_view rest) {
  std::string out, line(first);
  bool begun = false;  // whether the line holds a word
  auto end_line = [&] {
    out += line + "\n";
    line = rest;
    begun = false;
  };
  for (std::string_view word : words_of(text)) {
    if (begun && display_width(line) + 1 + display_width(word) > width) end_line();
    if (begun) line += ' ';
    while (display_width(line) + display_width(word) > width) {
      const std::size_t fits = std::max<std::size_t>(bytes_within(word, width - display_width(line)), 1);
      line += word.substr(0, fits);
      word.remove_prefix(fits);
      end_line();
    }
    line += word;
    begun = begun || !word.empty();
  }
  if (begun) end_line();
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character(text, at);
    const bool space = c.code == ' ' || deceives(c.code);
    if (!space)
      out += c.code == 0xFFFD && c.bytes == 1 ? std::string("?") : std::string(text.substr(at, c.bytes));
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
    at += c.bytes;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace muster
