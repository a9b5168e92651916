#pragma once
#include <string>
#include <string_view>
#include <vector>

/// How messages about input quote it, list it and guess what was meant. Pure and thread-safe; work is bounded
/// whatever the input holds.
namespace muster {

/// One line, at most so many characters, control characters as escapes: safe on a terminal.
std::string printable(std::string_view text, std::size_t most = std::string_view::npos);

/// The same in single quotes, at most 60 characters.
std::string in_quotes(std::string_view text);

/// "a", "a or b", "a, b or c".
std::string listed(const std::vector<std::string>& items, std::string_view joint);

/// "a, b, c".
std::string joined(const std::vector<std::string>& items, std::string_view joint = ", ");

/// Edits (insert, delete, replace, swap of neighbours) from one word to the other; `limit + 1` where there are more.
int edit_distance(std::string_view a, std::string_view b, int limit);

/// The candidate with the fewest edits (the first of equals); empty where none is near (a third of the word's length, at least
/// one edit). Upper case and `_` for `-` count as no edit. Only the first few thousand candidates are looked at.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// `; did you mean "x"?` or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace muster
