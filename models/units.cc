#include "models/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace muster {
namespace {

constexpr std::size_t longest = 200;

struct Unit {
  std::string_view name;
  double value;
};

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

std::string quoted(std::string_view text) { return "'" + std::string(text.substr(0, 60)) + (text.size() > 60 ? "…" : "") + "'"; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool digit(char c) { return c >= '0' && c <= '9'; }

/// A plain decimal at the front of `text`, taken off it: digits, perhaps a fraction; no sign, no exponent, no needless leading zero.
double take_number(std::string_view& text, std::string_view whole, const char* expected) {
  std::size_t n = 0;
  while (n < text.size() && digit(text[n])) ++n;
  const std::size_t whole_digits = n;
  if (n < text.size() && text[n] == '.') {
    ++n;
    const std::size_t fraction = n;
    while (n < text.size() && digit(text[n])) ++n;
    if (n == fraction) refuse(quoted(whole) + " ends its number with a point; expected " + expected);
  }
  if (whole_digits == 0) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+'))
      refuse(quoted(whole) + " has a sign; expected " + expected + ", zero or more");
    refuse(quoted(whole) + " does not begin with a number; expected " + expected);
  }
  if (whole_digits > 1 && text[0] == '0')
    refuse(quoted(whole) + " has a leading zero, which some read as octal; write the number without it");
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + n, value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + n || !std::isfinite(value)) refuse(quoted(whole) + " is too large a number");
  text.remove_prefix(n);
  return value;
}

std::string_view take_word(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && !digit(text[n]) && text[n] != ' ' && text[n] != '.' && text[n] != '-' && text[n] != '+') ++n;
  const std::string_view word = text.substr(0, n);
  text.remove_prefix(n);
  return word;
}

double finite(double value, std::string_view whole) {
  if (!std::isfinite(value)) refuse(quoted(whole) + " is too large");
  return value;
}

void check_length(std::string_view text, const char* expected) {
  if (text.size() > longest) refuse("a text of " + std::to_string(text.size()) + " characters is no quantity; expected " + expected);
  if (text.empty()) refuse(std::string("nothing is written; expected ") + expected);
}

constexpr const char* a_duration = "a duration such as 90s, 15m, 1h30m, 2d, 1w or PT1H30M";

constexpr std::array<Unit, 7> duration_units{{{"w", week}, {"d", day}, {"h", hour}, {"m", minute}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}}};

/// What people write instead, and what they mean.
std::string meant(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 24> slips{
      {{"min", "m"}, {"mins", "m"}, {"minute", "m"}, {"minutes", "m"}, {"M", "m (minutes)"}, {"sec", "s"},
       {"secs", "s"}, {"second", "s"}, {"seconds", "s"}, {"S", "s"}, {"hr", "h"}, {"hrs", "h"}, {"hour", "h"},
       {"hours", "h"}, {"H", "h"}, {"day", "d"}, {"days", "d"}, {"D", "d"}, {"week", "w"}, {"weeks", "w"},
       {"W", "w"}, {"msec", "ms"}, {"mo", "d (a month has no fixed length)"}, {"y", "d (365.25d is a year)"}}};
  for (const auto& [slip, right] : slips)
    if (slip == word) return "; did you mean " + std::string(right) + "?";
  return {};
}

double parse_iso(std::string_view whole) {
  std::string_view text = whole.substr(1);
  double sum = 0;
  bool time = false;
  int last = -1, parts = 0;
  while (!text.empty()) {
    if (text[0] == 'T' && !time) {
      time = true;
      text.remove_prefix(1);
      if (text.empty()) refuse(quoted(whole) + " has nothing after T; expected " + a_duration);
      continue;
    }
    const double value = take_number(text, whole, a_duration);
    const char unit = text.empty() ? '\0' : text[0];
    int rank = -1;
    double length = 0;
    if (!time && unit == 'W') rank = 0, length = week;
    if (!time && unit == 'D') rank = 1, length = day;
    if (time && unit == 'H') rank = 2, length = hour;
    if (time && unit == 'M') rank = 3, length = minute;
    if (time && unit == 'S') rank = 4, length = 1;
    if (!time && (unit == 'Y' || unit == 'M')) refuse(quoted(whole) + ": years and months have no fixed length; write days, or T before minutes");
    if (rank < 0) refuse(quoted(whole) + " is no ISO 8601 duration; expected one such as PT1H30M or P1DT2H");
    if (rank <= last) refuse(quoted(whole) + " has its units out of order; expected the largest first, each once");
    last = rank;
    ++parts;
    sum += value * length;
    text.remove_prefix(1);
  }
  if (parts == 0) refuse(quoted(whole) + " has no number; expected " + a_duration);
  return finite(sum, whole);
}

/// NUMBER [space] UNIT, nothing else.
std::pair<double, std::string_view> number_and_unit(std::string_view text, const char* expected) {
  std::string_view rest = trimmed(text);
  check_length(rest, expected);
  const std::string_view whole = rest;
  const double value = take_number(rest, whole, expected);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  if (rest.empty()) refuse(quoted(whole) + " is a bare number without a unit; expected " + expected);
  return {value, rest};
}

template <std::size_t N>
const Unit* find(const std::array<Unit, N>& units, std::string_view name) {
  const auto it = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == name; });
  return it == units.end() ? nullptr : &*it;
}

constexpr std::array<Unit, 12> size_units{{{"B", 1}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"PB", 1e15},
                                           {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}, {"TiB", 1099511627776.0}, {"PiB", 1125899906842624.0}}};
constexpr std::array<Unit, 10> bit_units{{{"bit", 0.125}, {"kbit", 125}, {"Kbit", 125}, {"Mbit", 125e3}, {"Gbit", 125e6}, {"Tbit", 125e9},
                                          {"Kibit", 128}, {"Mibit", 131072}, {"Gibit", 134217728}, {"Tibit", 137438953472}}};

std::string short_number(double value) {
  char text[32];
  const int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
  std::string out(text, error == std::errc() ? end : text);
  if (out.find('.') != std::string::npos) {
    while (out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
  }
  return out;
}

std::string two_digits(long long n) { return (n < 10 ? "0" : "") + std::to_string(n); }

std::string shortest(double value) {
  char text[400];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed);
  return std::string(text, error == std::errc() ? end : text);
}

}  // namespace

double parse_duration(std::string_view text) {
  text = trimmed(text);
  check_length(text, a_duration);
  const std::string_view whole = text;
  if (text[0] == 'P') return parse_iso(whole);
  double sum = 0;
  double last = std::numeric_limits<double>::infinity();
  while (!text.empty()) {
    const double value = take_number(text, whole, a_duration);
    if (text.empty())
      refuse(quoted(whole) + " is a bare number without a unit; write " + std::string(whole) + "m for minutes, " + std::string(whole) + "s for seconds");
    if (text[0] == ' ') refuse(quoted(whole) + " has a space inside; expected " + a_duration);
    const std::string_view word = take_word(text);
    const Unit* unit = find(duration_units, word);
    if (!unit) refuse(quoted(whole) + " has the unknown unit " + quoted(word) + meant(word) + (meant(word).empty() ? std::string("; expected ") + a_duration : ""));
    if (unit->value >= last) refuse(quoted(whole) + " has its units out of order; expected the largest first, each once");
    last = unit->value;
    sum += unit->name == "ms" ? value / 1e3 : unit->name == "us" ? value / 1e6 : value * unit->value;
  }
  return finite(sum, whole);
}

double parse_size(std::string_view text) {
  constexpr const char* expected = "a size such as 800 GB or 1.3 TiB";
  const auto [value, name] = number_and_unit(text, expected);
  if (const Unit* u = find(size_units, name)) return finite(value * u->value, text);
  if (find(bit_units, name)) refuse(quoted(text) + " is in bits; a size is in bytes (8 bits each), such as 800 GB");
  std::string hint;
  if (name == "b" || name == "Mb" || name == "Gb" || name == "Tb" || name == "kb") hint = "; did you mean " + std::string(name.substr(0, name.size() - 1)) + "B (bytes)?";
  if (name == "G" || name == "M" || name == "T" || name == "K" || name == "k") hint = "; did you mean " + std::string(name) + "B, or " + std::string(name) + "iB for powers of 1024?";
  if (name == "gb" || name == "mb" || name == "tb") hint = "; units keep their capitals: GB, MB, TB";
  refuse(quoted(text) + " has the unknown unit " + quoted(name) + (hint.empty() ? std::string("; expected ") + expected : hint));
}

double parse_rate(std::string_view text) {
  constexpr const char* expected = "a rate such as 2 Gbit/s or 120 MB/s";
  const auto [value, name] = number_and_unit(text, expected);
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) {
    if (name == "Gbps" || name == "Mbps" || name == "kbps") refuse(quoted(text) + ": write " + std::string(name.substr(0, 1)) + "bit/s for bits or " + std::string(name.substr(0, 1)) + "B/s for bytes");
    refuse(quoted(text) + " has no '/s'; expected " + expected);
  }
  const std::string_view amount = name.substr(0, slash), per = name.substr(slash + 1);
  const Unit* u = find(size_units, amount);
  if (!u) u = find(bit_units, amount);
  if (!u) {
    if (amount == "Gb" || amount == "Mb" || amount == "kb" || amount == "Tb")
      refuse(quoted(text) + ": '" + std::string(amount) + "' can be read as bits or bytes; write " + std::string(amount.substr(0, 1)) + "bit/s or " + std::string(amount.substr(0, 1)) + "B/s");
    refuse(quoted(text) + " has the unknown unit " + quoted(amount) + "; expected " + expected);
  }
  const Unit* t = per == "us" || per == "ms" || per == "w" ? nullptr : find(duration_units, per);
  if (!t) refuse(quoted(text) + " is per " + quoted(per) + "; expected " + expected);
  const double rate = finite(value * u->value / t->value, text);
  if (rate <= 0) refuse(quoted(text) + " moves nothing; expected a rate above zero");
  return rate;
}

double parse_frequency(std::string_view text) {
  constexpr const char* expected = "a frequency such as 0.2/year, 3/month, 1/day or 100/s";
  const auto [value, name] = number_and_unit(text, expected);
  if (name.size() < 2 || name[0] != '/') refuse(quoted(text) + " has no '/'; expected " + expected);
  static constexpr std::array<Unit, 16> per{{{"year", year}, {"y", year}, {"yr", year}, {"month", month}, {"week", week}, {"w", week}, {"day", day}, {"d", day},
                                             {"hour", hour}, {"h", hour}, {"minute", minute}, {"min", minute}, {"m", minute}, {"second", 1}, {"sec", 1}, {"s", 1}}};
  std::string_view unit = name.substr(1);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  const Unit* u = find(per, unit);
  if (!u) refuse(quoted(text) + " is per " + quoted(unit) + "; expected " + expected);
  return finite(value / u->value, text);
}

double parse_probability(std::string_view text) {
  constexpr const char* expected = "a probability from 0 to 1, such as 5% or 0.05";
  std::string_view rest = trimmed(text);
  check_length(rest, expected);
  const std::string_view whole = rest;
  double value = take_number(rest, whole, expected);
  bool percent = false;
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  if (rest == "%") {
    percent = true;
    rest = {};
  }
  if (!rest.empty()) refuse(quoted(whole) + " is no probability; expected " + expected);
  if (percent) value /= 100;
  if (value > 1) {
    std::string hint;
    if (!percent && value <= 100) hint = "; did you mean " + std::string(whole) + "%?";
    refuse(quoted(whole) + " is more than certain; expected " + expected + hint);
  }
  return value;
}

double parse_money_per_year(std::string_view text) {
  constexpr const char* expected = "an amount per year or month, such as 48000/year";
  const auto [value, name] = number_and_unit(text, expected);
  if (name == "/year") return value;
  if (name == "/month") return finite(value * 12, text);
  refuse(quoted(text) + " is per " + quoted(name) + "; expected " + expected);
}

std::string human_duration(double seconds) {
  if (std::isnan(seconds)) return "-";
  if (seconds == std::numeric_limits<double>::infinity()) return "never";
  if (seconds < 0) return "-" + human_duration(-seconds);
  if (seconds == 0) return "0 s";
  if (seconds < 0.9995) return short_number(seconds * 1e3) + " ms";
  if (seconds < 99.5) return short_number(seconds) + " s";
  const auto minutes = static_cast<long long>(std::floor(seconds / 60 + 0.5));
  if (seconds < 599.5) {
    const auto whole = static_cast<long long>(std::floor(seconds + 0.5));
    return std::to_string(whole / 60) + " min" + (whole % 60 ? " " + two_digits(whole % 60) + " s" : "");
  }
  if (minutes < 60) return std::to_string(minutes) + " min";
  if (minutes < 48 * 60) return std::to_string(minutes / 60) + " h" + (minutes % 60 ? " " + two_digits(minutes % 60) + " min" : "");
  const double hours = std::floor(seconds / 3600 + 0.5);
  if (hours < 24.0 * 60) {
    const auto h = static_cast<long long>(hours);
    return std::to_string(h / 24) + " d" + (h % 24 ? " " + std::to_string(h % 24) + " h" : "");
  }
  const double days = std::floor(seconds / 86400 + 0.5);
  if (days < 1e15) return std::to_string(static_cast<long long>(days)) + " d";
  return short_number(days) + " d";
}

std::string exact_duration(double seconds) {
  if (seconds == 0) return "0s";
  std::string out;
  if (seconds == std::floor(seconds) && seconds < 1e15) {
    auto rest = static_cast<long long>(seconds);
    for (const auto& u : {Unit{"d", day}, Unit{"h", hour}, Unit{"m", minute}, Unit{"s", 1}}) {
      const auto length = static_cast<long long>(u.value);
      if (rest >= length) out += std::to_string(rest / length) + std::string(u.name);
      rest %= length;
    }
    return out;
  }
  out = shortest(seconds) + "s";
  return out.size() <= longest ? out : shortest(seconds / day) + "d";
}

std::string human_size(double bytes) {
  static constexpr std::array<const char*, 6> names{"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t i = 0;
  while (i + 1 < names.size() && bytes >= 999.5) {
    bytes /= 1000;
    ++i;
  }
  return short_number(bytes) + " " + names[i];
}

std::string human_percent(double fraction, int digits) {
  const double least = std::pow(10.0, -digits);
  double percent = fraction * 100;
  if (fraction > 0 && percent < least) return "<" + shortest(least) + "%";
  if (fraction < 1 && percent > 100 - least) return ">" + shortest(100 - least) + "%";
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof text, percent, std::chars_format::fixed, digits);
  return std::string(text, error == std::errc() ? end : text) + "%";
}

}  // namespace muster
