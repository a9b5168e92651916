#pragma once
#include <string>
#include <string_view>

namespace muster {

/// Whether a text is something that YAML reads at all: UTF-8, no NUL and no other control character but tab and line ends,
/// no byte-order mark inside, not a flood of tag directives. Throws InvalidInput with line, column and byte offset.
void check_text(std::string_view text, const std::string& name);

}  // namespace muster
