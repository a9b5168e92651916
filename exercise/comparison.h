#pragma once
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace muster {

/// Whether `found op wanted`, where op is one of == != < <= > >= ~. Numbers compare as numbers, texts byte by byte; a number and a text
/// are unequal and in no order, and so is NaN. `~`: the regular expression (ECMAScript) is found in the text, or in the JSON text of
/// what is none. Throws std::invalid_argument on another op, or a wanted regular expression that is none.
bool compares(const nlohmann::json& found, const std::string& op, const nlohmann::json& wanted);

/// As a JSON number where the text is all a number ("12", "-1.5e3", "NaN"), else as a text.
nlohmann::json number_or_text(const std::string& text);

/// Whether the regular expression is found in the text. Throws std::invalid_argument when it is none.
bool found_in(const std::string& text, const std::string& expression);

}  // namespace muster
