#pragma once
#include <functional>
#include <string>

#include "exercise/proxy/forwarding.h"
#include "exercise/proxy/proxy_set.h"

namespace muster::proxy {

struct ServiceOptions {
  std::string listen = "localhost:8474";  ///< of the API
  std::string config;                     ///< JSON text of proxies to begin with; "" none
  std::string token;                      ///< what clients have to show; "" nothing
  std::string audit;                      ///< file; "" none
  std::string version;                    ///< of Muster, for /version
  Rules rules;
  ForwardingOptions forwarding;
};

/// Serves until SIGINT or SIGTERM, then ends every connection and listener; returns that signal. `started` gets a sentence or two for
/// people once the API answers. Throws Refused where something is not as it must be, ApiError on a wrong config. One in a process.
int serve(const ServiceOptions& options, const std::function<void(const std::string&)>& started);

}  // namespace muster::proxy
