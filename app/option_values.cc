#include "app/option_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "app/command_line.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& text, const std::string& expected) {
  throw UsageError("--" + option + " " + in_quotes(text) + ": expected " + expected);
}

// Of the whole text, or nothing.
template <class Number>
bool read_number(std::string_view text, Number& number, int base_or_format) {
  std::from_chars_result result{};
  if constexpr (std::is_floating_point_v<Number>)
    result = std::from_chars(text.data(), text.data() + text.size(), number);
  else
    result = std::from_chars(text.data(), text.data() + text.size(), number, base_or_format);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

// Without its separators, which stand between groups of three digits.
bool without_separators(const std::string& text, std::string& digits) {
  int since = -1;  // digits since the last separator
  for (char c : text) {
    if (c != '_' && c != ',') {
      digits += c;
      if (since >= 0) ++since;
      continue;
    }
    if (digits.empty() || (since >= 0 && since != 3)) return false;
    since = 0;
  }
  return since < 0 || since == 3;
}

double suffix_of(std::string& text) {
  const char last = text.empty() ? '\0' : text.back();
  const double times = last == 'k' ? 1e3 : last == 'M' ? 1e6 : last == 'G' ? 1e9 : 1;
  if (times > 1) text.pop_back();
  return times;
}

}  // namespace

std::uint64_t count_value(const std::string& option, const std::string& text, std::uint64_t least,
                          std::uint64_t most) {
  const std::string expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  std::string digits;
  if (!without_separators(text, digits)) refuse(option, text, expected);
  const double times = suffix_of(digits);
  double value = 0;
  if (digits.empty() || digits.front() == '-' || !read_number(digits, value, 0))
    refuse(option, text, expected);
  value *= times;
  if (!(value >= static_cast<double>(least) && value <= static_cast<double>(most)) ||
      value != std::floor(value))
    refuse(option, text, expected);
  return static_cast<std::uint64_t>(value);
}

std::uint64_t seed_value(const std::string& option, const std::string& text) {
  std::uint64_t seed = 0;
  const bool hexadecimal = text.starts_with("0x");
  if (!read_number(std::string_view(text).substr(hexadecimal ? 2 : 0), seed, hexadecimal ? 16 : 10))
    refuse(option, text,
           "a whole number from 0 to " + std::to_string(std::numeric_limits<std::uint64_t>::max()));
  return seed;
}

double precision_value(const std::string& option, const std::string& text) {
  const std::string expected = "a relative width from 0.01% to 50%, such as 1%";
  double value = 0;
  try {
    value = parse_probability(text);
  } catch (const std::invalid_argument&) {
    refuse(option, text, expected);
  }
  if (!(value >= 0.0001 && value <= 0.5)) refuse(option, text, expected);
  return value;
}

double level_value(const std::string& option, const std::string& text) {
  const std::string expected = "a level such as p95, p99.9, 95%, median, min or max";
  if (text == "median") return 0.5;
  if (text == "min") return 0;
  if (text == "max") return 1;
  double value = -1;
  if (text.size() > 1 && (text.front() == 'p' || text.front() == 'P')) {
    std::string digits = text.substr(1);
    // p999 is p99.9, as in the JSON.
    if (digits.size() > 2 && digits.starts_with("99") && digits.find('.') == std::string::npos)
      digits.insert(2, ".");
    if (digits.front() != '-' && read_number(digits, value, 0)) value /= 100;
  } else {
    try {
      value = parse_probability(text);
    } catch (const std::invalid_argument&) {
      refuse(option, text, expected);
    }
  }
  if (!(value >= 0 && value <= 1)) refuse(option, text, expected);
  return value;
}

Setting setting_value(const std::string& option, const std::string& text) {
  const auto equals = text.find('=');
  if (!text.starts_with('/') || equals == std::string::npos)
    refuse(option, text, "POINTER=VALUE, such as /roles/engineer/count=6");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::size_t choice_value(const std::string& option, const std::string& text, const std::vector<std::string>& words) {
  const auto it = std::find(words.begin(), words.end(), text);
  if (it == words.end()) {
    std::string expected;
    for (const std::string& word : words) expected += (expected.empty() ? "" : word == words.back() ? " or " : ", ") + word;
    refuse(option, text, expected);
  }
  return static_cast<std::size_t>(it - words.begin());
}

Onset onset_value(const std::string& option, const std::string& text) {
  try {
    return parse_onset(text);
  } catch (const std::invalid_argument& error) {
    throw UsageError("--" + option + ": " + error.what());
  }
}

}  // namespace muster
