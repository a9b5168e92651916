#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "models/shape.h"

/// The single values that formats of Muster are made of, with their units.
namespace muster {

Shape duration_text();             ///< 90s, 15m, 1h30m, PT1H30M
Shape positive_duration_text();    ///< the same, not zero
Shape size_text();                 ///< 800 GB
Shape rate_text();                 ///< 2 Gbit/s
Shape frequency_text();            ///< 0.2/year
Shape probability_value();         ///< 5% or 0.05
Shape confidence_value();          ///< the same, strictly between 0 and 1
Shape amount(std::string expected);           ///< a number >= 0
Shape number_between(double least, double most, std::string expected);
Shape positive_number(std::string expected);  ///< a number > 0
Shape whole_number(long long least, long long most);
Shape name_text(std::string what);  ///< lower-case words with dashes
Shape free_text(std::string expected);
/// Text that `check` (std::invalid_argument) accepts.
Shape parsed_text(std::string expected, std::function<void(std::string_view)> check, std::vector<std::string> examples,
                  std::string pattern = "");
Shape one_word(std::vector<std::string> words);

/// Lower-case words with dashes, with at least one letter, at most 80 characters, not beginning with `x-`.
/// Throws std::invalid_argument with a sentence.
void check_name(std::string_view name);

/// The value of a node that is a decimal number; throws std::invalid_argument with a sentence on hexadecimal, a leading
/// zero, infinities and what is no number.
double number_value(const Node& node);
/// 5%, 0.05 or 5e-2; throws as number_value and parse_probability do.
double probability_of(const Node& node);

}  // namespace muster
