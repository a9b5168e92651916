#pragma once
#include <string>
#include <string_view>

/// Numbers with units as text: what all quantities share. Throws std::invalid_argument with a sentence; every
/// `expected` is the end of that sentence, such as "a size such as 800 GB". Texts are bounded. Independent of
/// the locale.
namespace muster {

/// A decimal as written, so that a unit that is a power of ten is applied before rounding. Refers to the
/// text.
struct Decimal {
  std::string_view digits;
  std::string_view whole;  ///< the quantity that it belongs to, for messages
  /// The double nearest to the decimal times 10^exponent.
  double times_ten_to(int exponent) const;
};

/// factor * 10^exponent of the base unit: seconds, bytes, events per second.
struct Unit {
  std::string_view name;
  double factor;
  int exponent = 0;
};
double amount(const Decimal& number, const Unit& unit);

/// Without spaces around; neither empty nor longer than any double written out (400 characters).
std::string_view bounded_text(std::string_view text, const char* expected);

/// A plain decimal at the front of `text`, taken off it: digits, perhaps a fraction; no sign, no exponent, no
/// needless leading zero.
Decimal take_number(std::string_view& text, std::string_view whole, const char* expected);

std::string_view without_spaces_before(std::string_view text);

/// The same when finite.
double finite(double value, std::string_view whole);

std::string lower(std::string_view text);  ///< A to Z only

template <typename Units>
const Unit* find(const Units& units, std::string_view name) {
  for (const Unit& unit : units)
    if (unit.name == name) return &unit;
  return nullptr;
}

}  // namespace muster
