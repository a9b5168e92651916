#pragma once
#include <string>
#include <string_view>

/// How a text report looks: colour and width. Values; the caller decides both (a terminal or not, NO_COLOR).
namespace muster {

enum class Ink { plain, bold, dim, good, bad, unsure };

struct Style {
  bool colour = false;
  int width = 80;  ///< columns; at least 60

  /// The text in that ink; unchanged without colour. Measure and pad before painting.
  std::string paint(Ink ink, std::string_view text) const;
  /// A heading of a part of the page: bold, a line of its own.
  std::string heading(std::string_view text) const;
  /// A rule across the page that begins with a name.
  std::string rule(std::string_view name) const;
};

}  // namespace muster
