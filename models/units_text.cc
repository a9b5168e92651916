#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "models/units.h"

/// Quantities written out.
namespace muster {
namespace {

/// At most so many digits after the point.
std::string fixed(double value, int digits) {
  char text[400];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits);
  return std::string(text, error == std::errc() ? end : text);
}

/// Three significant digits, without zeros at the end; powers of ten where it would be long.
std::string short_number(double value) {
  if (value >= 1e15) {
    char text[32];
    return std::string(text,
                       std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 2).ptr);
  }
  std::string out = fixed(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
  if (out.find('.') != std::string::npos) {
    while (out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
  }
  return out;
}

std::string two_digits(long long n) { return (n < 10 ? "0" : "") + std::to_string(n); }

/// All digits of the double, and no more than tell it from its neighbours.
std::string shortest(double value) {
  char text[400];
  return std::string(text, std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr);
}

long long nearest_whole(double value) { return static_cast<long long>(std::floor(value + 0.5)); }

}  // namespace

std::string human_duration(double seconds) {
  if (std::isnan(seconds)) return "-";
  if (seconds == std::numeric_limits<double>::infinity()) return "never";
  if (seconds < 0) return "-" + human_duration(-seconds);
  if (seconds == 0) return "0 s";
  if (seconds < 5e-6) return "<0.01 ms";
  if (seconds < 0.9995) return short_number(seconds * 1e3) + " ms";
  if (seconds < 99.5) return short_number(seconds) + " s";
  if (seconds < 599.5) {
    const long long whole = nearest_whole(seconds);
    return std::to_string(whole / 60) + " min" + (whole % 60 ? " " + two_digits(whole % 60) + " s" : "");
  }
  // The limits are where the coarser unit is what rounding gives.
  if (seconds < 48 * hour - minute / 2) {
    const long long minutes = nearest_whole(seconds / minute);
    if (minutes < 60) return std::to_string(minutes) + " min";
    return std::to_string(minutes / 60) + " h" +
           (minutes % 60 ? " " + two_digits(minutes % 60) + " min" : "");
  }
  if (seconds < 60 * day - hour / 2) {
    const long long hours = nearest_whole(seconds / hour);
    return std::to_string(hours / 24) + " d" + (hours % 24 ? " " + std::to_string(hours % 24) + " h" : "");
  }
  return seconds / day < 1e15 ? std::to_string(nearest_whole(seconds / day)) + " d"
                              : short_number(seconds / day) + " d";
}

std::string exact_duration(double seconds) {
  if (!(seconds >= 0) || std::isinf(seconds))
    throw std::logic_error("exact_duration: neither negative nor infinite durations can be written");
  if (seconds == 0) return "0s";
  const double thousandths = std::floor(seconds * 1e3 + 0.5);
  if (seconds < 1 && thousandths >= 1 && thousandths / 1e3 == seconds) return shortest(thousandths) + "ms";
  if (seconds != std::floor(seconds) || seconds >= 1e15) return shortest(seconds) + "s";
  std::string out;
  auto rest = static_cast<long long>(seconds);
  constexpr std::array<std::pair<long long, char>, 4> units{{{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
  for (const auto& [length, name] : units) {
    if (rest >= length) out += std::to_string(rest / length) + name;
    rest %= length;
  }
  return out;
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
  if (std::isnan(fraction)) return "-";
  double least = 1;
  for (int i = 0; i < digits; ++i) least /= 10;
  const double percent = fraction * 100;
  if (fraction > 0 && percent < least) return "<" + fixed(least, digits) + "%";
  if (fraction < 1 && percent > 100 - least) return ">" + fixed(100 - least, digits) + "%";
  return fixed(percent, digits) + "%";
}

}  // namespace muster
