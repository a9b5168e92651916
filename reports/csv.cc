#include "reports/csv.h"

#include <charconv>
#include <cmath>

namespace muster {

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

void append(std::string& row, double value) {
  if (std::isinf(value)) {
    row += "never";
    return;
  }
  char digits[40];
  row.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void append_if_any(std::string& row, double value) {
  row += ',';
  if (!std::isnan(value)) append(row, value);
}

}  // namespace muster
