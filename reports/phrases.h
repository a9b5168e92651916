#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/outcomes.h"
#include "reports/style.h"

/// How results are said in a text report. Pure and thread-safe.
namespace muster {

/// The wording of models/units.h without spaces, for tables: "2h05m", "47s", "never"; "–" for NaN.
std::string short_duration(double seconds);
/// A duration that is promised: rounded up to what is shown, so that the promise holds as printed.
std::string promised_duration(double seconds);        ///< "3 h 42 min"
std::string short_promised_duration(double seconds);  ///< "3h42m"

/// "97.3%"; NaN is "–". Never "0.0%" or "100.0%" unless exact.
std::string percent(double fraction, int digits = 1);
/// "97.3% (97.2–97.4%)": as many digits as keep the bounds apart from each other and from `asked`, at most 4.
std::string share_text(const Share& share, std::optional<double> asked = {});
/// "95 of 100", "999 of 1,000", "all".
std::string out_of(double fraction);
/// An amount in a table: three digits and "k", "M", "bn": "950", "31.2k", "1.25M"; "no end" for infinity.
std::string short_money(double amount);
/// "100,000".
std::string grouped(std::uint64_t number);
/// "a", "a and b", "a, b and c"; beyond `most` items "a, b and 5 more".
std::string enumerated(const std::vector<std::string>& items, std::size_t most = 1000);

/// "MET", "MISSED", "UNDECIDED".
std::string word_of(Verdict verdict);
Ink ink_of(Verdict verdict);
/// Missed if one is missed, else undecided if one is, else met.
Verdict worst_of(const std::vector<Verdict>& verdicts);

}  // namespace muster
