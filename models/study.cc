#include "models/study.h"

#include <algorithm>
#include <cmath>

#include "models/json_pointer.h"

namespace muster {
namespace {

bool begins_with(const std::vector<std::string>& tokens, const std::vector<std::string>& start) {
  return tokens.size() >= start.size() && std::equal(start.begin(), start.end(), tokens.begin());
}

bool overwrites(const std::vector<const Change*>& changes) {
  std::vector<std::vector<std::string>> earlier;
  for (const Change* change : changes) {
    std::vector<std::string> tokens = parse_pointer(change->pointer);
    if (tokens.back() != "-")
      for (const auto& other : earlier)
        if (begins_with(other, tokens)) return true;
    earlier.push_back(std::move(tokens));
  }
  return false;
}

std::vector<std::vector<std::size_t>> subsets(std::size_t options, Study::Combine how) {
  std::vector<std::vector<std::size_t>> out;
  if (options == 0 || how == Study::Combine::all) out.push_back({});
  const std::size_t most = how == Study::Combine::none ? 1 : how == Study::Combine::pairs ? 2 : options;
  // By size, then by place in the file.
  for (std::size_t size = 1; size <= std::min(most, options); ++size) {
    std::vector<char> chosen(options, 0);
    std::fill(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(size), 1);
    do {
      std::vector<std::size_t> subset;
      for (std::size_t i = 0; i < options; ++i)
        if (chosen[i]) subset.push_back(i);
      out.push_back(std::move(subset));
    } while (std::prev_permutation(chosen.begin(), chosen.end()));
  }
  return out;
}

std::string name_of(const Study& study, const StudyVariant& variant) {
  std::string name;
  for (std::size_t option : variant.options) name += (name.empty() ? "" : " + ") + study.options[option].name;
  for (std::size_t axis = 0; axis < variant.cell.size(); ++axis)
    name += (name.empty() ? "" : ", ") + study.axes[axis].title + " " + shown(study.axes[axis].values[variant.cell[axis]].value);
  return name.empty() ? "as it is" : name;
}

/// The next cell, the last axis fastest; false after the last.
bool to_next(const Study& study, std::vector<std::size_t>& cell) {
  for (std::size_t axis = cell.size(); axis-- > 0;) {
    if (++cell[axis] < study.axes[axis].values.size()) return true;
    cell[axis] = 0;
  }
  return false;
}

}  // namespace

std::vector<const Change*> Study::changes_of(const StudyVariant& variant) const {
  std::vector<const Change*> out;
  for (std::size_t option : variant.options)
    for (const Change& change : options[option].changes) out.push_back(&change);
  for (std::size_t axis = 0; axis < variant.cell.size(); ++axis) out.push_back(&axes[axis].values[variant.cell[axis]]);
  return out;
}

double combinations(const Study& study) {
  const double n = static_cast<double>(study.options.size());
  double count = 1;
  if (n > 0) count = study.combine == Study::Combine::none ? n : study.combine == Study::Combine::pairs ? n + n * (n - 1) / 2 : std::ldexp(1.0, static_cast<int>(std::min(n, 5000.0)));
  for (const StudyAxis& axis : study.axes) count *= static_cast<double>(axis.values.size());
  return count;
}

void combine(Study& study) {
  study.variants.clear();
  study.left_out = 0;
  for (const auto& options : subsets(study.options.size(), study.combine)) {
    std::vector<std::size_t> cell(study.axes.size(), 0);
    do {
      StudyVariant variant{"", options, cell, 0};
      if (overwrites(study.changes_of(variant))) {
        ++study.left_out;
        continue;
      }
      variant.name = name_of(study, variant);
      for (std::size_t option : options) variant.cost_per_year += study.options[option].cost_per_year;
      for (std::size_t axis = 0; axis < cell.size(); ++axis) variant.cost_per_year += study.axes[axis].costs[cell[axis]];
      study.variants.push_back(std::move(variant));
    } while (to_next(study, cell));
  }
}

std::string title_of_pointer(const std::string& pointer) {
  std::vector<std::string> words;
  for (const std::string& token : parse_pointer(pointer))
    if (token != "-" && token.find_first_not_of("0123456789") != std::string::npos) words.push_back(token);
  if (words.empty()) return pointer;
  return words.size() == 1 ? words.back() : words[words.size() - 2] + " " + words.back();
}

}  // namespace muster
