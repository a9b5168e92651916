#pragma once
#include <optional>
#include <string>
#include <string_view>

/// Quantities as people write them, and back. Parsers throw std::invalid_argument with a sentence that says
/// what is wrong and what was expected, unit mix-ups named ("a bare number has no unit; write 15m or 15s").
/// Numbers are plain decimals without sign or exponent, rounded once ("99.9%" is 0.999), whatever the locale; texts
/// of more than 400 characters and values that no double can hold are refused. All are pure and thread-safe.
namespace muster {

inline constexpr double minute = 60, hour = 3600, day = 86400, week = 604800;
inline constexpr double year = 365.25 * day, month = year / 12;

double parse_duration(std::string_view text);   ///< seconds: 90s, 15m, 1h30m, 2d, 1w, 250ms, 1.5h, PT1H30M, P1DT2H, P2W
double parse_size(std::string_view text);       ///< bytes: 800 GB, 1.3 TiB, 512MB, 100 B
double parse_rate(std::string_view text);       ///< bytes per second: 2 Gbit/s, 120 MB/s
double parse_frequency(std::string_view text);  ///< events per second: 0.2/year, 3/month, 1/week, 1/day, 2/h, 100/s
double parse_probability(std::string_view text);  ///< "5%" or "0.05", within [0, 1]
double parse_money_per_year(std::string_view text);  ///< "48000/year", "4000/month"; a bare number is an error

/// For people: two units at most, three significant digits ("2 h 05 min", "47 s", "3 d 4 h", "never" for infinity).
std::string human_duration(double seconds);
/// Exactly, as a scenario writes it ("1h30m", "250ms"); parse_duration gives the same double back. Finite and >= 0.
std::string exact_duration(double seconds);
std::string human_size(double bytes);
std::string human_percent(double fraction, int digits = 1);  ///< "97.3%"; never "100.0%" or "0.0%" unless exact

}  // namespace muster
