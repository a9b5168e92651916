#pragma once
#include <string_view>

/// The page's script and style, bundled from reports/web when Muster is built.
namespace muster {

std::string_view page_script();
std::string_view page_style();
/// "sha256-…" of the script, as a content security policy names it.
std::string_view page_script_hash();

}  // namespace muster
