#include <functional>

#include "exercise/proxy/api.h"

namespace muster::proxy {
namespace {

std::string label(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

using Count = std::function<std::uint64_t(const Traffic&, Way)>;

void bytes_metric(std::string& out, const ProxySet& proxies, const std::string& name, const std::string& help, const Count& count) {
  out += "# HELP " + name + " " + help + "\n# TYPE " + name + " counter\n";
  for (const auto& [key, proxy] : proxies.all())
    for (const Way way : {Way::downstream, Way::upstream})
      out += name + "{direction=\"" + word_of(way) + "\",listener=\"" + label(proxy.listen) + "\",proxy=\"" + label(proxy.name) + "\",upstream=\"" +
             label(proxy.upstream) + "\"} " + std::to_string(count(*proxy.traffic, way)) + "\n";
}

void connection_metric(std::string& out, const ProxySet& proxies, const std::string& name, const std::string& type, const std::string& help,
                       const std::function<std::uint64_t(const Traffic&)>& count) {
  out += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
  for (const auto& [key, proxy] : proxies.all()) out += name + "{proxy=\"" + label(proxy.name) + "\"} " + std::to_string(count(*proxy.traffic)) + "\n";
}

}  // namespace

std::string metrics_text(const ProxySet& proxies) {
  std::string out;
  bytes_metric(out, proxies, "toxiproxy_proxy_received_bytes_total", "Bytes read from the side that sends, by direction.",
               [](const Traffic& t, Way way) { return t.received[static_cast<std::size_t>(way)].load(); });
  bytes_metric(out, proxies, "toxiproxy_proxy_sent_bytes_total", "Bytes written to the side that receives, by direction.",
               [](const Traffic& t, Way way) { return t.sent[static_cast<std::size_t>(way)].load(); });
  connection_metric(out, proxies, "muster_proxy_connections", "gauge", "Connections that are open.", [](const Traffic& t) { return t.open.load(); });
  connection_metric(out, proxies, "muster_proxy_connections_total", "counter", "Connections that were accepted.", [](const Traffic& t) { return t.accepted.load(); });
  connection_metric(out, proxies, "muster_proxy_refused_total", "counter", "Connections that were ended at once: no room for them, or no upstream.",
                    [](const Traffic& t) { return t.refused.load(); });
  return out;
}

}  // namespace muster::proxy
