#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "models/outcomes.h"

/// Services that share a row because they share their fate. Pure and thread-safe.
namespace muster {

struct ServiceGroup {
  std::vector<std::string> names;  ///< in file order
  const ServiceResult* first;      ///< stands for all; lives as long as the result
  std::string listed() const;      ///< "a, b, c"
  std::string label() const;       ///< "a +2"
};

inline bool same_sample(const Stats& a, const Stats& b) {
  return a.count == b.count && a.mean == b.mean && a.sd == b.sd && a.min == b.min && a.max == b.max &&
         a.quantiles == b.quantiles;
}

/// In the order of each group's first; `alike` must be an equivalence.
template <class Alike>
std::vector<ServiceGroup> grouped_services(const std::vector<const ServiceResult*>& services, Alike alike) {
  std::vector<ServiceGroup> groups;
  for (const ServiceResult* service : services) {
    const auto found = std::find_if(groups.begin(), groups.end(),
                                    [&](const ServiceGroup& g) { return alike(*g.first, *service); });
    if (found == groups.end())
      groups.push_back({{service->name}, service});
    else
      found->names.push_back(service->name);
  }
  return groups;
}

inline std::string ServiceGroup::listed() const {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

inline std::string ServiceGroup::label() const {
  return names.size() == 1 ? names[0] : names[0] + " +" + std::to_string(names.size() - 1);
}

}  // namespace muster
