#include "exercise/refused.h"

namespace muster {
namespace {

std::string lines(const std::vector<std::string>& reasons) {
  std::string out;
  for (const auto& reason : reasons) out += (out.empty() ? "" : "\n") + reason;
  return out;
}

}  // namespace

Refused::Refused(std::vector<std::string> reasons) : std::runtime_error(lines(reasons)), reasons_(std::move(reasons)) {}

}  // namespace muster
