#pragma once
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace muster {

/// A precondition is not met and nothing was touched: exit code 4. Each reason is a sentence that says what to mend.
class Refused : public std::runtime_error {
 public:
  explicit Refused(std::vector<std::string> reasons);  ///< what() is all of them, a line each
  const std::vector<std::string>& reasons() const { return reasons_; }

 private:
  std::vector<std::string> reasons_;
};

}  // namespace muster
