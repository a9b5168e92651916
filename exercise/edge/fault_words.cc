#include "exercise/edge/fault_words.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "models/exercise_shape.h"
#include "models/host_pattern.h"

namespace muster {
namespace {

using nlohmann::json;

template <typename Enum>
Enum one_of(const json& j, Enum last) {
  const int value = j.get<int>();
  if (value < 0 || value > static_cast<int>(last)) throw std::invalid_argument("a value that is none of its kind");
  return static_cast<Enum>(value);
}

double amount(const json& j) {
  const double value = j.get<double>();
  if (!std::isfinite(value) || value < 0) throw std::invalid_argument("an amount that is none");
  return value;
}

double share(const json& j) {
  const double value = j.get<double>();
  if (!(value > 0 && value <= 1)) throw std::invalid_argument("a share that is none");
  return value;
}

std::vector<std::string> patterns(const json& j, bool networks) {
  const auto all = j.get<std::vector<std::string>>();
  for (const std::string& each : all)
    if (!networks || !is_network(each)) check_host_pattern(each);
  return all;
}

std::string place_to_listen(const json& j) {
  const auto at = j.get<std::string>();
  if (!at.empty() && !is_network(parse_host_and_port(at).first)) throw std::invalid_argument("to listen takes an address");
  return at;
}

std::vector<int> ports(const json& j) {
  const auto all = j.get<std::vector<int>>();
  for (const int each : all)
    if (each < 1 || each > 65535) throw std::invalid_argument("a port that is none");
  return all;
}

json to_json(const PathToxic& t) {
  return {{"kind", static_cast<int>(t.kind)}, {"upstream", t.upstream}, {"share", t.share}, {"time", t.time}, {"jitter", t.jitter}, {"rate", t.rate}, {"size", t.size}, {"variation", t.variation}};
}

PathToxic toxic_from_json(const json& j) {
  return {one_of(j.at("kind"), PathToxic::Kind::limit_data), j.at("upstream"), share(j.at("share")), amount(j.at("time")), amount(j.at("jitter")), amount(j.at("rate")), amount(j.at("size")), amount(j.at("variation"))};
}

}  // namespace

json to_json(const EndpointOutageFault& f) {
  return {{"how", static_cast<int>(f.how)}, {"shape", static_cast<int>(f.shape)}, {"hosts", f.hosts}, {"named", f.named}, {"share", f.share}, {"slow", f.slow},
          {"cut-existing", f.cut_existing}, {"fail-unnamed", f.fail_unnamed}, {"fail-encrypted", f.fail_encrypted}, {"refuse-quic", f.refuse_quic}, {"ports", f.ports}, {"listen", f.listen}};
}

EndpointOutageFault endpoint_outage_from_json(const json& j) {
  return {one_of(j.at("how"), EndpointOutageFault::How::slow), one_of(j.at("shape"), EndpointOutageFault::Shape::internal_error), patterns(j.at("hosts"), true), j.at("named"), share(j.at("share")),
          amount(j.at("slow")), j.at("cut-existing"), j.at("fail-unnamed"), j.at("fail-encrypted"), j.at("refuse-quic"), ports(j.at("ports")), place_to_listen(j.at("listen"))};
}

json to_json(const DnsFault& f) { return {{"answer", static_cast<int>(f.answer)}, {"names", f.names}, {"address", f.address}, {"slow", f.slow}, {"share", f.share}}; }

DnsFault dns_fault_from_json(const json& j) {
  DnsFault f{one_of(j.at("answer"), DnsFault::Answer::truth), patterns(j.at("names"), false), j.at("address"), amount(j.at("slow")), share(j.at("share"))};
  if (f.answer == DnsFault::Answer::address && !is_network(f.address)) throw std::invalid_argument("an address that is none");
  return f;
}

json to_json(const ProxyFault& f) {
  json toxics = json::array();
  for (const PathToxic& each : f.toxics) toxics.push_back(to_json(each));
  return {{"upstream", f.upstream}, {"toxics", toxics}, {"cut-existing", f.cut_existing}, {"listen", f.listen}};
}

ProxyFault proxy_fault_from_json(const json& j) {
  ProxyFault f{j.at("upstream"), {}, j.at("cut-existing"), place_to_listen(j.at("listen"))};
  for (const std::string& each : f.upstream) parse_host_and_port(each);
  for (const json& each : j.at("toxics")) f.toxics.push_back(toxic_from_json(each));
  if (f.upstream.empty() || f.toxics.empty()) throw std::invalid_argument("a proxy to nobody, or without a toxic");
  return f;
}

}  // namespace muster
