#pragma once
#include <algorithm>
#include <string>
#include <vector>

namespace muster {

/// The one of that name, or null; lives as long as the list.
template <class Named>
const Named* by_name(const std::vector<Named>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace muster
