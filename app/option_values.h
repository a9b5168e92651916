#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "models/calendar.h"
#include "models/load.h"

/// The values of options, from text. All throw UsageError that names the option and says what was expected.
namespace muster {

/// A whole number from `least` to `most`: 100000, 100_000, 100,000, 1e6, 100k, 2.5M.
std::uint64_t count_value(const std::string& option, const std::string& text, std::uint64_t least,
                          std::uint64_t most);
/// Any 64-bit number, decimal or 0x….
std::uint64_t seed_value(const std::string& option, const std::string& text);
/// A relative half-width from 0.01% to 50%: "1%" or "0.01".
double precision_value(const std::string& option, const std::string& text);
/// "p95", "p99.9", "p999" (as in the JSON), "95%", "0.95", "median", "min", "max"; within [0, 1].
double level_value(const std::string& option, const std::string& text);
/// "/roles/engineer/count=6".
Setting setting_value(const std::string& option, const std::string& text);
/// The place of one of these words.
std::size_t choice_value(const std::string& option, const std::string& text, const std::vector<std::string>& words);
Onset onset_value(const std::string& option, const std::string& text);

}  // namespace muster
