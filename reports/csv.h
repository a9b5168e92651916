#pragma once
#include <string>

/// Cells of CSV (RFC 4180). Pure.
namespace muster {

/// In quotes where it must be.
std::string csv_cell(const std::string& text);
/// As many digits as give the same double back; "never" for infinity.
void append(std::string& row, double value);
/// A comma, and the value where it is not NaN.
void append_if_any(std::string& row, double value);

}  // namespace muster
