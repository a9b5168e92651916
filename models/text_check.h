#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster {

/// Whether a text is something that YAML reads at all: UTF-8, no NUL and no other control character but tab and line ends,
/// no byte-order mark inside, not a flood of tag directives. Throws InvalidInput with line, column and byte offset.
void check_text(std::string_view text, const std::string& name);

/// Bytes of the character that it begins with, and which that is, by Unicode's table of well-formed UTF-8; 0: it begins with none.
std::size_t first_character(std::string_view rest, std::uint32_t& code);

}  // namespace muster
