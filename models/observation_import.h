#pragma once
#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/calendar.h"
#include "models/observation.h"

/// Observations from other programs' files: CSV with a heading (models/csv_reader.h), row by row.
namespace muster {

/// COLUMN=VALUE, and !=, <, <=, >, >=. Two numbers are compared as numbers, anything else as text.
struct RowFilter {
  enum class Is : std::uint8_t { equal, unequal, less, at_most, more, at_least };
  std::string column, value;
  Is is = Is::equal;
  std::string text;  ///< as it was written
  bool holds(std::string_view cell) const;
};
/// Throws std::invalid_argument with what was expected.
RowFilter parse_row_filter(const std::string& text);

/// Where in a row what stands.
struct ImportMap {
  /// Field and column: start, end (or start-date and start-time, end-date and end-time), duration, censored, and of the name:
  /// step, role, outage; and during: the outage in which it was measured.
  std::map<std::string, std::string> columns;
  std::optional<Observation::Of> of;  ///< with `name`, where no column has it
  std::string name;
  std::optional<double> unit;         ///< of the duration's numbers, seconds; absent: each cell has its unit
  std::string time_format;            ///< "": what parse_time() understands by itself
  Zone zone;                          ///< of times without an offset
  std::vector<RowFilter> where;       ///< all must hold
  std::optional<RowFilter> censored_when;
  std::int64_t as_of = 0;             ///< up to when what has no end lasted at least, nanoseconds since 1970
  std::string scenario;
};
/// The fields that `columns` may have.
const std::vector<std::string>& import_fields();

/// What became of the rows.
struct ImportCount {
  struct Reason {
    std::string why;
    std::size_t rows = 0;
    std::vector<std::string> examples;  ///< at most three: "row 12" or "row 12: what stands there"
  };
  std::size_t rows = 0, kept = 0, censored = 0;
  std::vector<Reason> left_out;         ///< the most frequent first
};

struct ImportedRow {
  Observation observation;
  const std::vector<std::string>& cells;
};

/// Reads all rows; those that say how long something took go to `take`, the others are counted by reason. A heading of Muster's own
/// (observations_heading()) needs no map, and then kind and name may still be chosen by `of` and `name`. Throws InvalidInput where
/// the file is no CSV, has no heading or lacks a column, with the nearest. `source` of an observation is "FILE row N", N the line.
/// A length without a name has "".
ImportCount import_observations(std::istream& in, const std::string& file, const ImportMap& map, const std::function<void(const ImportedRow&)>& take);

/// What tells a row from all others of its file, wherever in it and whenever it is read: the file's name, the kind and name, the cells,
/// and which of the rows that are alike it is.
class ImportKeys {
 public:
  explicit ImportKeys(std::string file) : file_(std::move(file)) {}
  std::string operator()(const ImportedRow& row);

 private:
  std::string file_;
  std::map<std::string, std::size_t> seen_;
};

}  // namespace muster
