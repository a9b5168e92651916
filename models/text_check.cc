#include "models/text_check.h"

#include <cstdint>
#include <cstdio>

#include "models/load.h"

namespace muster {
namespace {

struct Scan {
  std::string_view text;
  const std::string& name;
  std::size_t at = 0;
  int line = 1, column = 1, directives = 0;

  [[noreturn]] void fail(const std::string& message) const {
    throw InvalidInput({{Problem::Severity::error, name, line, column, "", message + " (byte " + std::to_string(at) + " of the file)"}});
  }
};

// libyaml keeps tag directives in a list that it searches for each one: a flood of them takes quadratic time.
void count_directive(Scan& scan) {
  constexpr int most = 16;
  if (scan.column == 1 && scan.text[scan.at] == '%' && ++scan.directives > most)
    scan.fail("more than " + std::to_string(most) + " lines that begin with %");
}

void check_character(Scan& scan, std::uint32_t code) {
  if (code == 0) scan.fail("a NUL byte; expected a text file");
  bool control = (code < 0x20 && code != '\t' && code != '\n' && code != '\r') || (code >= 0x7F && code < 0xA0 && code != 0x85);
  if (control || code == 0xFEFF || code == 0xFFFE || code == 0xFFFF) {
    char hex[16];
    std::snprintf(hex, sizeof hex, "U+%04X", code);
    scan.fail(std::string("the character ") + hex + " cannot stand in a YAML or JSON file");
  }
}

}  // namespace

std::size_t first_character(std::string_view rest, std::uint32_t& code) {
  auto byte = [&](std::size_t i) { return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) {
    code = lead;
    return 1;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  code = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  return code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) ? 0 : length;
}

void check_text(std::string_view text, const std::string& name) {
  Scan scan{text, name};
  if (text.size() >= 2 && (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF"))
    scan.fail("UTF-16; expected UTF-8");
  while (scan.at < text.size()) {
    count_directive(scan);
    std::uint32_t code = 0;
    const std::size_t length = first_character(text.substr(scan.at), code);
    if (length == 0) scan.fail("not valid UTF-8");
    check_character(scan, code);
    scan.at += length;
    bool ends_line = code == '\n' || (code == '\r' && (scan.at >= text.size() || text[scan.at] != '\n'));
    scan.line += ends_line;
    scan.column = ends_line ? 1 : scan.column + 1;
  }
}

}  // namespace muster
