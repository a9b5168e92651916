#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "models/decimal.h"
#include "models/units.h"
#include "models/wording.h"

/// Durations as people and ISO 8601 write them.
namespace muster {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

bool digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_word(std::string_view& text) {
  const std::size_t n = std::min(text.find_first_of("0123456789 .-+"), text.size());
  const std::string_view word = text.substr(0, n);
  text.remove_prefix(n);
  return word;
}

constexpr const char* a_duration = "a duration such as 90s, 15m, 1h30m, 2d, 1w or PT1H30M";

/// The longest first: the order in which a duration names them.
constexpr std::array<Unit, 7> duration_units{
    {{"w", week}, {"d", day}, {"h", hour}, {"m", minute}, {"s", 1}, {"ms", 1, -3}, {"us", 1, -6}}};

/// The unit that people mean by other spellings; empty where none is known.
std::string_view meant_unit(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 27> spellings{
      {{"w", "w"},    {"wk", "w"},    {"week", "w"},    {"weeks", "w"},   {"d", "d"},       {"day", "d"},
       {"days", "d"}, {"h", "h"},     {"hr", "h"},      {"hrs", "h"},     {"hour", "h"},    {"hours", "h"},
       {"m", "m"},    {"min", "m"},   {"mins", "m"},    {"minute", "m"},  {"minutes", "m"}, {"s", "s"},
       {"sec", "s"},  {"secs", "s"},  {"second", "s"},  {"seconds", "s"}, {"ms", "ms"},     {"msec", "ms"},
       {"us", "us"},  {"usec", "us"}, {"\u00b5s", "us"}}};
  const std::string folded = lower(word);
  for (const auto& [spelling, unit] : spellings)
    if (spelling == folded) return unit;
  return {};
}

/// The text with spaces taken out and units as they should be; empty where that makes no duration either.
std::string mended(std::string_view text) {
  std::string out;
  for (text = without_spaces_before(text); !text.empty(); text = without_spaces_before(text)) {
    const std::size_t n = std::min(text.find_first_not_of("0123456789."), text.size());
    out += text.substr(0, n);
    text = without_spaces_before(text.substr(n));
    const std::string_view unit = meant_unit(take_word(text));
    if (unit.empty()) return {};
    out += unit;
  }
  try {
    parse_duration(out);
  } catch (const std::invalid_argument&) {
    return {};
  }
  return out;
}

std::string meant_or_expected(std::string_view whole) {
  const std::string better = mended(whole);
  return better.empty() ? std::string("; expected ") + a_duration : "; did you mean " + better + "?";
}

[[noreturn]] void refuse_duration_unit(std::string_view whole, std::string_view word) {
  const std::string what = in_quotes(whole) + " has the unknown unit " + in_quotes(word),
                    folded = lower(word);
  if (word == "M") refuse(what + "; minutes are m, and a month has no fixed length");
  if (folded == "mo" || folded == "mon" || folded == "month" || folded == "months")
    refuse(what + "; a month has no fixed length: write days, such as 30d");
  if (folded == "y" || folded == "yr" || folded == "year" || folded == "years")
    refuse(what + "; a year has no fixed length: write days, such as 365d");
  refuse(what + meant_or_expected(whole));
}

[[noreturn]] void refuse_bare_number(std::string_view whole) {
  const std::string what = in_quotes(whole) + " is a bare number without a unit; ";
  if (whole.size() > 30) refuse(what + "expected " + a_duration);
  refuse(what + "write " + std::string(whole) + "m for minutes, " + std::string(whole) + "s for seconds");
}

double parse_iso(std::string_view whole) {
  static constexpr std::array<Unit, 2> of_date{{{"W", week}, {"D", day}}};
  static constexpr std::array<Unit, 3> of_time{{{"H", hour}, {"M", minute}, {"S", 1}}};
  std::string_view text = whole.substr(1);
  double sum = 0, last = std::numeric_limits<double>::infinity();
  bool time = false;
  while (!text.empty()) {
    if (text[0] == 'T' && !time) {
      time = true;
      text.remove_prefix(1);
      if (text.empty()) refuse(in_quotes(whole) + " has nothing after T; expected " + a_duration);
      continue;
    }
    const Decimal number = take_number(text, whole, a_duration);
    const std::string_view name = text.substr(0, 1);
    if (name == "Y" || (!time && name == "M"))
      refuse(in_quotes(whole) + ": years and months have no fixed length; write days, or T before minutes");
    const Unit* unit = time ? find(of_time, name) : find(of_date, name);
    if (!unit) refuse(in_quotes(whole) + " is no ISO 8601 duration; expected one such as PT1H30M or P1DT2H");
    if (unit->factor >= last)
      refuse(in_quotes(whole) + " has its units out of order; expected the largest first, each once");
    last = unit->factor;
    sum += amount(number, *unit);
    text.remove_prefix(1);
  }
  if (std::isinf(last)) refuse(in_quotes(whole) + " has no number; expected " + a_duration);
  return finite(sum, whole);
}

}  // namespace

double parse_duration(std::string_view text) {
  text = bounded_text(text, a_duration);
  const std::string_view whole = text;
  if (text[0] == 'P') return parse_iso(whole);
  if (text[0] == 'p' && text.size() > 1 && (text[1] == 't' || text[1] == 'T' || digit(text[1])))
    refuse(in_quotes(whole) + " is in small letters; ISO 8601 durations are in capitals, such as PT1H30M");
  double sum = 0;
  const Unit* last = nullptr;
  while (!text.empty()) {
    if (text[0] == ' ') refuse(in_quotes(whole) + " has a space inside" + meant_or_expected(whole));
    const Decimal number = take_number(text, whole, a_duration);
    if (text.empty()) refuse_bare_number(whole);
    if (text[0] == ' ') refuse(in_quotes(whole) + " has a space inside" + meant_or_expected(whole));
    const std::string_view word = take_word(text);
    const Unit* unit = find(duration_units, word);
    if (!unit) refuse_duration_unit(whole, word);
    if (last && unit <= last)
      refuse(in_quotes(whole) + " has its units out of order; expected the largest first, each once");
    last = unit;
    sum += amount(number, *unit);
  }
  return finite(sum, whole);
}

}  // namespace muster
