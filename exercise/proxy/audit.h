#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "exercise/apart.h"

namespace muster::proxy {

/// Who changed what, when: one JSON object a line, appended and for its owner alone. Without a file, nothing is kept.
class Audit {
 public:
  Audit() = default;
  /// Throws Refused where it cannot be written.
  explicit Audit(const std::string& file);
  /// Adds the time. False, and broken() from then on until a line can be written again, where it cannot.
  bool write(nlohmann::ordered_json entry);
  bool broken() const { return broken_; }

 private:
  Descriptor file_;
  bool broken_ = false;
};

}  // namespace muster::proxy
