#pragma once
#include <string>

#include "exercise/proxy/audit.h"
#include "exercise/proxy/proxy_set.h"

/// Toxiproxy's HTTP API, version 2, without the HTTP.
namespace muster::proxy {

struct Request {
  std::string method, target, body;
  std::string agent, authorization;  ///< headers
  std::string by;                    ///< who asks: address, and user where it is known
};
struct Reply {
  int status = 200;
  std::string type, body;  ///< type is empty where there is no body
};

class Api {
 public:
  /// `token`: what has to be shown, unless empty.
  Api(ProxySet& proxies, Audit& audit, std::string token, std::string version);
  /// Never throws for what a client sends. All that changes something, or would have, is in the audit log.
  Reply answer(const Request& request);
  /// Ends toxics whose time is over.
  void expire();

 private:
  Reply route(const Request& request);
  Reply route_proxy(const Request& request, const std::string& name);
  Reply route_toxics(const Request& request, const std::string& proxy);
  Reply route_toxic(const Request& request, const std::string& proxy, const std::string& name);
  Reply populate(const Request& request);
  bool allowed(const Request& request) const;
  void note(const Request& request, const Reply& reply);

  ProxySet& proxies_;
  Audit& audit_;
  std::string token_, version_;
};

/// Prometheus' text format: Toxiproxy's counters, and those of connections.
std::string metrics_text(const ProxySet& proxies);

}  // namespace muster::proxy
