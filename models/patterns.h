#pragma once
#include <string>

/// What the parsers of single values take, as regular expressions (ECMAScript, anchored) for editors. The parsers decide; a
/// test lays both against each other.
namespace muster::patterns {

std::string name();
std::string duration();
std::string positive_duration();
std::string size();
std::string rate();
std::string frequency();
std::string money_per_year(bool may_be_negative);
std::string probability();
std::string confidence();     ///< strictly between 0 and 1
std::string opening_hours();
std::string onset();
std::string text();           ///< no control characters but tab and line end

}  // namespace muster::patterns
