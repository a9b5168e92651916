#include "models/units.h"

#include <array>
#include <stdexcept>

#include "models/decimal.h"
#include "models/wording.h"

namespace muster {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

struct Measure {
  Decimal number;
  std::string_view unit;
  std::string quoted() const { return in_quotes(number.whole); }
};

/// NUMBER [space] UNIT, nothing else.
Measure number_and_unit(std::string_view text, const char* expected) {
  const std::string_view whole = bounded_text(text, expected);
  std::string_view rest = whole;
  const Decimal number = take_number(rest, whole, expected);
  rest = without_spaces_before(rest);
  if (rest.empty()) refuse(in_quotes(whole) + " is a bare number without a unit; expected " + expected);
  return {number, rest};
}

constexpr std::array<Unit, 12> size_units{{{"B", 1},
                                           {"kB", 1, 3},
                                           {"KB", 1, 3},
                                           {"MB", 1, 6},
                                           {"GB", 1, 9},
                                           {"TB", 1, 12},
                                           {"PB", 1, 15},
                                           {"KiB", 1024},
                                           {"MiB", 0x1p20},
                                           {"GiB", 0x1p30},
                                           {"TiB", 0x1p40},
                                           {"PiB", 0x1p50}}};
constexpr std::array<Unit, 10> bit_units{{{"bit", 0.125},
                                          {"kbit", 0.125, 3},
                                          {"Kbit", 0.125, 3},
                                          {"Mbit", 0.125, 6},
                                          {"Gbit", 0.125, 9},
                                          {"Tbit", 0.125, 12},
                                          {"Kibit", 128},
                                          {"Mibit", 0x1p17},
                                          {"Gibit", 0x1p27},
                                          {"Tibit", 0x1p37}}};

/// The unit that is spelt the same but for capitals; empty where there is none.
template <std::size_t N>
std::string_view ignoring_capitals(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& u : units)
    if (lower(u.name) == lower(name)) return u.name;
  return {};
}

/// The prefix as it should be written: "G" of "gb".
std::string prefix_of(std::string_view name) {
  const std::string first(name.substr(0, 1));
  return first == "g" ? "G" : first == "m" ? "M" : first == "t" ? "T" : first;
}

/// Whether a unit is a prefix and a small b, which some read as bits and some as bytes.
bool bits_or_bytes(std::string_view name) {
  return name.size() == 2 && name[1] == 'b' &&
         std::string_view("kKmMgGtTP").find(name[0]) != std::string_view::npos;
}

}  // namespace

double parse_size(std::string_view text) {
  constexpr const char* expected = "a size such as 800 GB or 1.3 TiB";
  const Measure m = number_and_unit(text, expected);
  if (const Unit* u = find(size_units, m.unit)) return amount(m.number, *u);
  if (find(bit_units, m.unit))
    refuse(m.quoted() + " is in bits; a size is in bytes (8 bits each), such as 800 GB");
  if (m.unit.find('/') != std::string_view::npos) refuse(m.quoted() + " is a rate; expected " + expected);
  const std::string what = m.quoted() + " has the unknown unit " + in_quotes(m.unit);
  if (m.unit == "G" || m.unit == "M" || m.unit == "T" || m.unit == "K" || m.unit == "k")
    refuse(what + "; did you mean " + std::string(m.unit) + "B, or " +
           std::string(m.unit == "k" ? "K" : m.unit) + "iB for powers of 1024?");
  if (bits_or_bytes(m.unit)) refuse(what + "; did you mean " + prefix_of(m.unit) + "B (bytes)?");
  const std::string_view near = ignoring_capitals(size_units, m.unit);
  if (!near.empty()) refuse(what + "; units keep their capitals: did you mean " + std::string(near) + "?");
  refuse(what + "; expected " + expected);
}

double parse_rate(std::string_view text) {
  constexpr const char* expected = "a rate such as 2 Gbit/s or 120 MB/s";
  const Measure m = number_and_unit(text, expected);
  const std::size_t slash = m.unit.find('/');
  const std::string_view moved = m.unit.substr(0, slash);
  const std::string prefix = prefix_of(moved);
  if (slash == std::string_view::npos) {
    if (m.unit.size() == 4 && m.unit.substr(2) == "ps" && m.unit[1] == 'b')
      refuse(m.quoted() + ": write " + prefix + "bit/s for bits or " + prefix + "B/s for bytes");
    if (m.unit.size() == 4 && m.unit.substr(2) == "ps" && m.unit[1] == 'B')
      refuse(m.quoted() + " has no '/s'; did you mean " + prefix + "B/s?");
    refuse(m.quoted() + " has no '/s'; expected " + expected);
  }
  const Unit* u = find(size_units, moved);
  if (!u) u = find(bit_units, moved);
  if (!u && bits_or_bytes(moved))
    refuse(m.quoted() + ": " + in_quotes(moved) + " can be read as bits or bytes; write " + prefix +
           "bit/s or " + prefix + "B/s");
  if (!u) {
    const std::string what = m.quoted() + " has the unknown unit " + in_quotes(moved);
    std::string_view near = ignoring_capitals(bit_units, moved);
    if (near.empty()) near = ignoring_capitals(size_units, moved);
    if (near.empty()) refuse(what + "; expected " + expected);
    refuse(what + "; units keep their capitals: did you mean " + std::string(near) + "/s?");
  }
  const std::string_view per = m.unit.substr(slash + 1);
  static constexpr std::array<Unit, 4> periods{{{"s", 1}, {"m", minute}, {"h", hour}, {"d", day}}};
  const Unit* t = find(periods, per);
  if (!t) refuse(m.quoted() + " is per " + in_quotes(per) + "; expected " + expected);
  const double rate = amount(m.number, *u) / t->factor;
  if (rate <= 0) refuse(m.quoted() + " moves nothing; expected a rate above zero");
  return rate;
}

double parse_frequency(std::string_view text) {
  constexpr const char* expected = "a frequency such as 0.2/year, 3/month, 1/day or 100/s";
  static constexpr std::array<Unit, 16> periods{{{"year", year},
                                                 {"y", year},
                                                 {"yr", year},
                                                 {"month", month},
                                                 {"week", week},
                                                 {"w", week},
                                                 {"day", day},
                                                 {"d", day},
                                                 {"hour", hour},
                                                 {"h", hour},
                                                 {"minute", minute},
                                                 {"min", minute},
                                                 {"m", minute},
                                                 {"second", 1},
                                                 {"sec", 1},
                                                 {"s", 1}}};
  const Measure m = number_and_unit(text, expected);
  if (m.unit.size() < 2 || m.unit[0] != '/') refuse(m.quoted() + " has no '/'; expected " + expected);
  const std::string_view per = without_spaces_before(m.unit.substr(1));
  if (const Unit* u = find(periods, per)) return m.number.times_ten_to(0) / u->factor;
  std::string near = lower(per);
  if (near == "mo" || near == "mon") near = "month";
  if (near.size() > 2 && near.back() == 's') near.pop_back();
  const std::string what = m.quoted() + " is per " + in_quotes(per);
  if (!find(periods, near)) refuse(what + "; expected " + expected);
  refuse(what + "; did you mean " + std::string(m.number.digits) + "/" + near + "?");
}

double parse_probability(std::string_view text) {
  constexpr const char* expected = "a probability from 0 to 1, such as 5% or 0.05";
  const std::string_view whole = bounded_text(text, expected);
  std::string_view rest = whole;
  const Decimal number = take_number(rest, whole, expected);
  rest = without_spaces_before(rest);
  if (!rest.empty() && rest != "%") refuse(in_quotes(whole) + " is no probability; expected " + expected);
  const double value = number.times_ten_to(rest.empty() ? 0 : -2);
  if (value <= 1) return value;
  const bool percent_forgotten = rest.empty() && value <= 100;
  refuse(in_quotes(whole) + " is more than certain; expected " + expected +
         (percent_forgotten ? "; did you mean " + std::string(number.digits) + "%?" : ""));
}

double parse_money_per_year(std::string_view text) {
  constexpr const char* expected = "an amount per year or month, such as 48000/year";
  const Measure m = number_and_unit(text, expected);
  if (m.unit == "/year") return m.number.times_ten_to(0);
  if (m.unit == "/month") return finite(m.number.times_ten_to(0) * 12, m.number.whole);
  if (m.unit[0] == '/')
    refuse(m.quoted() + " is per " + in_quotes(m.unit.substr(1)) + "; expected " + expected);
  refuse(m.quoted() + " has " + in_quotes(m.unit) + " after its number; expected " + expected);
}

}  // namespace muster
