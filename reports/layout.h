#pragma once
#include <string>
#include <string_view>

/// Text in columns: widths, padding and wrapping of UTF-8. Pure and thread-safe; bytes that are no UTF-8
/// count one column each.
namespace muster {

/// Columns on a terminal: combining marks and zero-width characters 0, East Asian wide ones and emoji 2,
/// others 1.
int display_width(std::string_view text);

enum class Align { left, right };
/// Filled with spaces up to `width` columns; unchanged when wider.
std::string padded(std::string_view text, int width, Align align = Align::left);
/// Cut to at most `width` columns, the last of them "…" when something was cut.
std::string shortened(std::string_view text, int width);

/// Words laid out in lines of at most `width` columns, each ended by a newline; `first` begins the first line
/// and `rest` the others, both counted. A longer word is cut where the line ends. Empty text: no line.
std::string wrapped(std::string_view text, int width, std::string_view first = "",
                    std::string_view rest = "");

/// What came from a file, safe on a terminal and on one line: control characters and the bidirectional
/// controls become spaces, spaces are not doubled.
std::string printable(std::string_view text);

}  // namespace muster
