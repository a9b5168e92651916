#include "reports/style.h"

#include "reports/layout.h"

namespace muster {

std::string Style::paint(Ink ink, std::string_view text) const {
  if (!colour || ink == Ink::plain || text.empty()) return std::string(text);
  const char* code = ink == Ink::bold   ? "1"
                     : ink == Ink::dim  ? "2"
                     : ink == Ink::good ? "32"
                     : ink == Ink::bad  ? "1;31"
                                        : "33";
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string Style::heading(std::string_view text) const { return paint(Ink::bold, text) + "\n"; }

std::string Style::rule(std::string_view name) const {
  const std::string shown = shortened(name, width - 8);
  std::string dashes;
  for (int i = display_width(shown) + 4; i < width; ++i) dashes += "─";
  return paint(Ink::dim, "──") + " " + paint(Ink::bold, shown) + " " + paint(Ink::dim, dashes) + "\n";
}

}  // namespace muster
