#include "exercise/proxy/toxic.h"

namespace muster::proxy {

const std::vector<std::string>& toxic_types() {
  // in the order of ToxicSettings
  static const std::vector<std::string> types = {"latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data"};
  return types;
}

const char* type_of(const ToxicSettings& settings) { return toxic_types().at(settings.index()).c_str(); }

}  // namespace muster::proxy
