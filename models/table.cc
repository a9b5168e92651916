#include "models/table.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <sstream>
#include <string_view>

#include "models/csv_reader.h"
#include "models/document.h"
#include "models/text_check.h"
#include "models/wording.h"

namespace muster {
namespace {

constexpr std::size_t most_bytes = 16u << 20, most_values = 4'000'000;

[[noreturn]] void refuse(const std::string& file, int line, std::string message) {
  throw InvalidInput({{Problem::Severity::error, file, line, 0, "", std::move(message)}});
}

// A scenario may come from anyone: it names files beside it, not whatever this machine holds.
std::string path_inside(const std::string& folder, const std::string& file) {
  namespace fs = std::filesystem;
  std::error_code failed;
  fs::path home = fs::weakly_canonical(folder.empty() ? "." : folder, failed);
  fs::path path = fs::weakly_canonical(home / file, failed);
  fs::path way = path.lexically_relative(home);
  if (failed || fs::path(file).is_absolute() || way.empty() || *way.begin() == "..")
    refuse(file, 0, "lies outside the scenario's folder; put the file beside the scenario");
  fs::file_status status = fs::status(path, failed);
  if (!fs::exists(status)) refuse(file, 0, "there is no such file beside the scenario");
  if (!fs::is_regular_file(status)) refuse(file, 0, "is not a file that can be read");
  return path.string();
}

std::size_t column_index(const std::vector<std::string>& headings, const std::string& wanted, const std::string& file) {
  for (std::size_t i = 0; i < headings.size(); ++i)
    if (trimmed(headings[i]) == trimmed(wanted)) return i;
  refuse(file, 1, "has no column " + in_quotes(wanted) + did_you_mean(wanted, headings));
}

double value_of(std::string_view cell, const std::string& heading, const std::string& file, int line) {
  double value = 0;
  auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (cell.empty()) refuse(file, line, "the column " + in_quotes(heading) + " is empty here; expected a number");
  if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(value) || value < 0)
    refuse(file, line, "the column " + in_quotes(heading) + " holds " + in_quotes(cell) + "; expected a number, not negative and without its unit");
  return value;
}

std::vector<double> read_column(const std::string& text, const std::string& file, const std::string& heading, double unit) {
  std::istringstream in(text);
  CsvReader csv(in, file);
  std::vector<std::string> cells(1);
  csv.record(cells);
  std::size_t index = column_index(cells, heading, file);
  std::vector<double> values;
  while (csv.record(cells)) {
    int line = csv.line();
    if (is_blank(cells)) continue;
    if (index >= cells.size()) refuse(file, line, "a row of " + std::to_string(cells.size()) + " cells, without the column " + in_quotes(heading));
    values.push_back(value_of(trimmed(cells[index]), heading, file, line) * unit);
  }
  if (values.empty()) refuse(file, 0, "the column " + in_quotes(heading) + " holds no values");
  return values;
}

}  // namespace

void Tables::spend(const std::string& file, std::size_t values) {
  values_ += values;
  if (values_ > most_values) refuse(file, 0, "all tables together hold more than " + std::to_string(most_values) + " values");
}

const std::vector<double>& Tables::column(const std::string& file, const std::string& heading, double unit) {
  std::string key = file + '\n' + heading + '\n' + std::to_string(unit);
  auto known = columns_.find(key);
  if (known != columns_.end()) return known->second;
  std::string text;
  try {
    text = read_file(path_inside(folder_, file), most_bytes);
  } catch (const InvalidInput& failed) {
    refuse(file, 0, failed.problems().front().message);
  }
  if (text.compare(0, 3, "\xEF\xBB\xBF") == 0) text.erase(0, 3);
  check_text(text, file);
  files_.insert(file);
  return columns_.emplace(std::move(key), read_column(text, file, heading, unit)).first->second;
}

}  // namespace muster
