#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/changes.h"
#include "models/scenario.h"

/// A study as plain values: which changes to a scenario are compared, and what they cost.
///
/// Money is in the scenario's currency, a year; a cost is what a change adds to what is spent today, negative where it saves.
namespace muster {

/// A named change, of one or several values.
struct StudyOption {
  std::string name, title;  ///< title: the name where the file gives none
  double cost_per_year = 0;
  std::vector<Change> changes;  ///< file order
  Provenance provenance{};
};

/// One dimension of a grid: values that are put at one pointer in turn.
struct StudyAxis {
  std::string pointer;
  std::string title;            ///< "engineer count": the last words of the pointer where the file gives none
  std::vector<Change> values;   ///< at least one
  std::vector<double> costs;    ///< as many
};

struct StudyVariant {
  std::string name;                  ///< "hot-standby + more-people, engineer count 4"; unique
  std::vector<std::size_t> options;  ///< into Study::options, ascending
  std::vector<std::size_t> cell;     ///< of each axis, which value
  double cost_per_year = 0;
};

struct Study {
  enum class Combine { none, pairs, all };
  static constexpr std::uint64_t most_variants = 1024;

  std::string title, file;
  std::string sha256;  ///< of the file's bytes
  std::vector<StudyOption> options;
  Combine combine = Combine::none;
  std::vector<StudyAxis> axes;
  std::optional<double> budget;
  /// Every combination of options with every cell of the grid, options first; the last axis changes fastest.
  std::vector<StudyVariant> variants;
  std::uint64_t left_out = 0;  ///< combinations that would put one value over another

  /// In the order in which they are made: options in file order, then the axes.
  std::vector<const Change*> changes_of(const StudyVariant& variant) const;
};

/// How many combinations a study describes, those left out included; infinity is possible. Options alone: n, n + n(n-1)/2 or 2^n
/// (nothing among them); times the product of the axes.
double combinations(const Study& study);

/// Fills `variants` and `left_out`. A combination is left out when two of its changes have the same pointer, or a later one
/// replaces what an earlier one lies in; several may append to one list.
void combine(Study& study);

/// The last words of a pointer, for a title: "engineer count" of /roles/engineer/count.
std::string title_of_pointer(const std::string& pointer);

}  // namespace muster
