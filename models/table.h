#pragma once
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

/// Columns of durations in CSV files beside a scenario.
namespace muster {

/// Reads each column once. Files lie in the folder or below; they are regular files of at most 16 MiB, and all columns
/// together hold at most four million values. Not thread-safe.
class Tables {
 public:
  explicit Tables(std::string folder) : folder_(std::move(folder)) {}

  /// The values of the column, each times `unit` seconds. CSV as of RFC 4180 with a heading; empty lines are left out. Throws
  /// InvalidInput with the file's name as the scenario gives it, and the line, where there is one.
  const std::vector<double>& column(const std::string& file, const std::string& heading, double unit);
  /// Counts a copy of a column; throws InvalidInput beyond the limit.
  void spend(const std::string& file, std::size_t values);
  const std::set<std::string>& files() const { return files_; }  ///< those that were read, as they were named

 private:
  std::string folder_;
  std::map<std::string, std::vector<double>> columns_;
  std::set<std::string> files_;
  std::size_t values_ = 0;
};

}  // namespace muster
