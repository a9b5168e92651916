#include "exercise/comparison.h"

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <stdexcept>

namespace muster {

bool found_in(const std::string& text, const std::string& expression) {
  try {
    return std::regex_search(text, std::regex(expression));
  } catch (const std::regex_error&) {
    throw std::invalid_argument("'" + expression + "' is no regular expression that can be used");
  }
}

bool compares(const nlohmann::json& found, const std::string& op, const nlohmann::json& wanted) {
  if (op == "==") return found == wanted;
  if (op == "!=") return found != wanted;
  if (op == "~") {
    if (!wanted.is_string()) throw std::invalid_argument("~ needs a regular expression, a text");
    return found_in(found.is_string() ? found.get<std::string>() : found.dump(), wanted.get<std::string>());
  }
  if (op != "<" && op != "<=" && op != ">" && op != ">=") throw std::invalid_argument("'" + op + "' is no comparison");
  const bool numbers = found.is_number() && wanted.is_number(), texts = found.is_string() && wanted.is_string();
  if (!numbers && !texts) return false;
  // Not by negation: NaN is in no order.
  const bool less = found < wanted, more = wanted < found, same = found == wanted;
  if (op == "<") return less;
  if (op == "<=") return less || same;
  if (op == ">") return more;
  return more || same;
}

nlohmann::json number_or_text(const std::string& text) {
  if (text.empty() || std::isspace(static_cast<unsigned char>(text[0]))) return text;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0') return text;
  const nlohmann::json exact = nlohmann::json::parse(text, nullptr, false);  // large integers exactly
  return exact.is_number() ? exact : nlohmann::json(value);
}

}  // namespace muster
