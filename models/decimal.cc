#include "models/decimal.h"

#include <charconv>
#include <cmath>
#include <stdexcept>

#include "models/wording.h"

namespace muster {
namespace {

constexpr std::size_t longest = 400;

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

bool digit(char c) { return c >= '0' && c <= '9'; }

/// What is wrong with the character that follows a number, where people and programs write numbers in other
/// ways.
void check_after_number(std::string_view rest, std::string_view whole) {
  if (rest.size() < 2) return;
  const bool number_follows =
      digit(rest[1]) || (rest.size() > 2 && (rest[1] == '-' || rest[1] == '+') && digit(rest[2]));
  if ((rest[0] == 'e' || rest[0] == 'E') && number_follows)
    refuse(in_quotes(whole) + " has an exponent; write the number in full, such as 1000 for 1e3");
  if (rest[0] == ',' && digit(rest[1]))
    refuse(in_quotes(whole) +
           " has a comma in its number; write 1.5 with a point, and 1000 without a separator");
  if ((rest[0] == '_' || rest[0] == '\'') && digit(rest[1]))
    refuse(in_quotes(whole) + " has a separator in its number; write 1000 without one");
}

}  // namespace

double Decimal::times_ten_to(int exponent) const {
  const std::string text = std::string(digits) + "e" + std::to_string(exponent);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool nothing = digits.find_first_not_of("0.") == std::string_view::npos;
  if (error == std::errc() && std::isfinite(value) && (value > 0 || nothing)) return value;
  const bool above_one = digits.substr(0, digits.find('.')).find_first_not_of('0') != std::string_view::npos;
  refuse(in_quotes(whole) + (above_one ? " is too large a number" : " is too small a number"));
}

double amount(const Decimal& number, const Unit& unit) {
  return finite(number.times_ten_to(unit.exponent) * unit.factor, number.whole);
}

std::string_view bounded_text(std::string_view text, const char* expected) {
  text = without_spaces_before(text);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.size() > longest)
    refuse("a text of " + std::to_string(text.size()) + " characters is no quantity; expected " + expected);
  if (text.empty()) refuse(std::string("nothing is written; expected ") + expected);
  return text;
}

Decimal take_number(std::string_view& text, std::string_view whole, const char* expected) {
  std::size_t n = 0;
  while (n < text.size() && digit(text[n])) ++n;
  const std::size_t whole_digits = n;
  if (n < text.size() && text[n] == '.') {
    ++n;
    const std::size_t fraction = n;
    while (n < text.size() && digit(text[n])) ++n;
    if (n == fraction) refuse(in_quotes(whole) + " ends its number with a point; expected " + expected);
  }
  if (whole_digits == 0) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+'))
      refuse(in_quotes(whole) + " has a sign; expected " + expected + ", zero or more");
    if (n > 0)
      refuse(in_quotes(whole) + " begins its number with a point; write " +
             in_quotes("0" + std::string(text)));
    refuse(in_quotes(whole) + " does not begin with a number; expected " + expected);
  }
  if (whole_digits > 1 && text[0] == '0')
    refuse(in_quotes(whole) + " has a leading zero, which some read as octal; write the number without it");
  const Decimal number{text.substr(0, n), whole};
  text.remove_prefix(n);
  check_after_number(text, whole);
  return number;
}

std::string_view without_spaces_before(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

double finite(double value, std::string_view whole) {
  if (!std::isfinite(value)) refuse(in_quotes(whole) + " is too large");
  return value;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

}  // namespace muster
