#pragma once
#include <string_view>
#include <vector>

/// Scenarios to begin with: the files of scenarios/templates, compiled in.
namespace muster {

struct Template {
  std::string_view name;
  std::string_view text;
};
const std::vector<Template>& templates();  ///< the first is the default

}  // namespace muster
