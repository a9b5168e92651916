#pragma once
#include <string>
#include <string_view>
#include <vector>

/// Which hosts people mean: "db.example" itself, "*.example" (the star stands for anything, dots included), ".example" (it and all below).
/// Pure and thread-safe.
namespace muster {

/// `host` in any letters, with a final dot or without. Time is at most the product of both lengths.
bool host_matches(std::string_view pattern, std::string_view host);
/// By any of them; which one: its index, else the number of patterns.
std::size_t matching_pattern(const std::vector<std::string>& patterns, std::string_view host);
/// Throws std::invalid_argument with a sentence: nothing in it, a character that no host has.
void check_host_pattern(std::string_view pattern);

}  // namespace muster
