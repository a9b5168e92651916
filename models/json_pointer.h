#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/document.h"

/// JSON pointers (RFC 6901) into a tree: "/plan/steps/restore-db/takes/1".
namespace muster {

/// A key as a pointer writes it: ~ as ~0, / as ~1.
std::string escaped_token(std::string_view key);

/// The unescaped tokens. Throws std::invalid_argument, with a sentence, on a text that is no pointer.
std::vector<std::string> parse_pointer(std::string_view pointer);

/// What stands there, or null.
const Node* resolve(const Node& root, std::string_view pointer);

/// The place to show for a pointer: of the key where the pointer names a member, of the value in a list.
Place place_of(const Node& root, std::string_view pointer);

/// Puts a value: replaces what stands there, adds the last key to a map that lacks it, appends to a list with "-", and
/// takes the member or item away where the value is (plain) null. Throws std::invalid_argument, with a sentence that says how
/// far the pointer leads and which key is nearest.
void set(Node& root, std::string_view pointer, Node value);

}  // namespace muster
