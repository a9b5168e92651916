#include "exercise/proxy/proxy_set.h"

#include <algorithm>

#include "exercise/proxy/address.h"
#include "models/moments.h"
#include "models/wording.h"

namespace muster::proxy {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

const json& object_in(const json& body) {
  if (body.is_object()) return body;
  throw ApiError(400, "bad request body: expected an object, found " + std::string(body.type_name()));
}

void require(const std::string& value, const std::string& what) {
  if (value.empty()) throw ApiError(400, "missing required field: " + what);
}

bool has_control_characters(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

ordered_json json_of(const ProxyState& proxy) {
  ordered_json toxics = ordered_json::array();
  for (const auto& chain : proxy.toxics)
    for (const Toxic& toxic : chain) toxics.push_back(json_of(toxic));
  return {{"name", proxy.name}, {"listen", proxy.listen}, {"upstream", proxy.upstream}, {"enabled", proxy.enabled}, {"toxics", toxics}};
}

ProxySet::ProxySet(Plane& plane, const Rules& rules, const Clock& clock) : plane_(plane), rules_(rules), clock_(clock) {}

ProxySet::~ProxySet() {
  for (auto& [name, proxy] : proxies_) stop(proxy);
}

ProxyState& ProxySet::found(const std::string& name) {
  const auto found = proxies_.find(name);
  if (found == proxies_.end()) throw ApiError(404, "proxy not found");
  return found->second;
}

const ProxyState& ProxySet::get(const std::string& name) const { return const_cast<ProxySet*>(this)->found(name); }

// A proxy is a way into whatever its upstream is: nobody opens one to the network by a slip.
void ProxySet::check_listen(const std::string& listen) const {
  std::vector<SocketAddress> addresses;
  try {
    addresses = plane_.addresses(listen);
  } catch (const std::exception& why) {
    throw ApiError(500, "listen tcp: " + std::string(why.what()));
  }
  for (SocketAddress& address : addresses) {
    std::string host = text_of(address);
    host = host.substr(0, host.rfind(':'));
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    if (!is_loopback(address) && !std::any_of(rules_.exposed.begin(), rules_.exposed.end(), [&](const std::string& e) { return e == "*" || e == host; }))
      throw ApiError(403, "listen address not allowed: " + printable(listen, 60) + " is not a loopback address; start muster proxy with --expose " + host);
  }
}

void ProxySet::start(ProxyState& proxy) {
  check_listen(proxy.listen);
  const auto chain = [&](Way way) { return std::make_shared<const std::vector<Toxic>>(proxy.toxics[static_cast<std::size_t>(way)]); };
  try {
    proxy.listen = plane_.open(proxy.name, proxy.listen, proxy.upstream, {chain(Way::upstream), chain(Way::downstream)}, proxy.traffic);
  } catch (const std::runtime_error& why) {
    throw ApiError(500, why.what());
  }
  proxy.enabled = true;
}

void ProxySet::stop(ProxyState& proxy) {
  if (proxy.enabled) plane_.close(proxy.name);
  proxy.enabled = false;
}

bool ProxySet::differs(const ProxyState& proxy, const std::string& listen, const std::string& upstream) const {
  if (proxy.upstream != upstream) return true;
  if (proxy.listen == listen) return false;
  try {
    return proxy.listen != text_of(plane_.addresses(listen).front());
  } catch (const std::exception& why) {
    throw ApiError(500, why.what());
  }
}

const ProxyState& ProxySet::create(const json& body) {
  const json& object = object_in(body);
  ProxyState proxy;
  proxy.name = text_member(object, "name", "");
  proxy.listen = text_member(object, "listen", "");
  proxy.upstream = text_member(object, "upstream", "");
  const bool enabled = flag_member(object, "enabled", true);
  require(proxy.name, "name");
  require(proxy.upstream, "upstream");
  if (has_control_characters(proxy.name)) throw ApiError(400, "bad request body: /name: has a control character");
  if (proxies_.contains(proxy.name)) throw ApiError(409, "proxy already exists");
  if (proxies_.size() >= rules_.most_proxies) throw ApiError(503, "there are " + std::to_string(proxies_.size()) + " proxies already, and no room for more");
  if (enabled) start(proxy);
  const std::string name = proxy.name;
  return proxies_.emplace(name, std::move(proxy)).first->second;
}

std::pair<std::vector<const ProxyState*>, std::optional<ApiError>> ProxySet::populate(const json& body) {
  if (!body.is_array()) throw ApiError(400, "bad request body: expected an array, found " + std::string(body.type_name()));
  for (std::size_t i = 0; i < body.size(); ++i) {
    require(text_member(object_in(body[i]), "name", ""), "name at proxy " + std::to_string(i + 1));
    require(text_member(body[i], "upstream", ""), "upstream at proxy " + std::to_string(i + 1));
    text_member(body[i], "listen", "");
    flag_member(body[i], "enabled", true);
  }
  std::vector<const ProxyState*> done;
  for (const json& each : body) try {
      const std::string name = text_member(each, "name", "");
      if (const auto old = proxies_.find(name); old != proxies_.end()) {
        if (differs(old->second, text_member(each, "listen", ""), text_member(each, "upstream", ""))) {
          remove(name);
        } else {
          done.push_back(&old->second);
          continue;
        }
      }
      done.push_back(&create(each));
    } catch (const ApiError& error) {
      return {done, error};
    }
  return {done, std::nullopt};
}

const ProxyState& ProxySet::update(const std::string& name, const json& body) {
  ProxyState& proxy = found(name);
  const json& object = object_in(body);
  const std::string listen = text_member(object, "listen", proxy.listen), upstream = text_member(object, "upstream", proxy.upstream);
  const bool enabled = flag_member(object, "enabled", proxy.enabled);
  require(upstream, "upstream");
  if (differs(proxy, listen, upstream)) {
    if (enabled) check_listen(listen);
    stop(proxy);
    proxy.listen = listen;
    proxy.upstream = upstream;
  }
  if (enabled && !proxy.enabled) start(proxy);
  if (!enabled) stop(proxy);
  return proxy;
}

void ProxySet::remove(const std::string& name) {
  stop(found(name));
  proxies_.erase(name);
}

void ProxySet::reset() {
  for (auto& [name, proxy] : proxies_) {
    for (const Way way : {Way::upstream, Way::downstream}) {
      auto& chain = proxy.toxics[static_cast<std::size_t>(way)];
      if (chain.empty()) continue;
      chain.clear();
      apply(proxy, way);
    }
  }
  for (auto& [name, proxy] : proxies_)
    if (!proxy.enabled) start(proxy);
}

Toxic* ProxySet::find(ProxyState& proxy, const std::string& name) {
  for (auto& chain : proxy.toxics)
    for (Toxic& toxic : chain)
      if (toxic.name == name) return &toxic;
  return nullptr;
}

const Toxic& ProxySet::toxic(const std::string& proxy, const std::string& name) const {
  if (const Toxic* toxic = find(const_cast<ProxySet*>(this)->found(proxy), name)) return *toxic;
  throw ApiError(404, "toxic not found");
}

void ProxySet::set_lifetime(Toxic& toxic) const {
  const Moment now = clock_.now(), end{now.boot + toxic.ttl * 1'000'000, now.wall + toxic.ttl * 1'000'000};
  toxic.expires = end.boot;
  toxic.expires_at = iso_text(end);
  ++toxic.version;
}

void ProxySet::apply(const ProxyState& proxy, Way way) {
  if (proxy.enabled) plane_.apply(proxy.name, way, std::make_shared<const std::vector<Toxic>>(proxy.toxics[static_cast<std::size_t>(way)]));
}

const Toxic& ProxySet::add_toxic(const std::string& name, const json& body) {
  ProxyState& proxy = found(name);
  Toxic toxic = toxic_of(body, rules_.lifetimes);
  if (has_control_characters(toxic.name)) throw ApiError(400, "bad request body: /name: has a control character");
  if (find(proxy, toxic.name)) throw ApiError(409, "toxic already exists");
  if (proxy.toxics[0].size() + proxy.toxics[1].size() >= rules_.most_toxics) throw ApiError(503, "the proxy has " + std::to_string(rules_.most_toxics) + " toxics already, and no room for more");
  toxic.id = ++toxics_made_;
  set_lifetime(toxic);
  auto& chain = proxy.toxics[static_cast<std::size_t>(toxic.stream)];
  chain.push_back(toxic);
  apply(proxy, toxic.stream);
  return chain.back();
}

const Toxic& ProxySet::change_toxic(const std::string& proxy, const std::string& name, const json& body) {
  ProxyState& owner = found(proxy);
  Toxic* toxic = find(owner, name);
  if (!toxic) throw ApiError(404, "toxic not found");
  proxy::change_toxic(*toxic, body, rules_.lifetimes);
  set_lifetime(*toxic);
  apply(owner, toxic->stream);
  return *toxic;
}

void ProxySet::remove_toxic(const std::string& proxy, const std::string& name) {
  ProxyState& owner = found(proxy);
  const Toxic* toxic = find(owner, name);
  if (!toxic) throw ApiError(404, "toxic not found");
  const Way way = toxic->stream;
  std::erase_if(owner.toxics[static_cast<std::size_t>(way)], [&](const Toxic& each) { return each.name == name; });
  apply(owner, way);
}

std::vector<std::pair<std::string, std::string>> ProxySet::expire() {
  const std::int64_t now = clock_.now().boot;
  std::vector<std::pair<std::string, std::string>> over;
  for (const auto& [name, proxy] : proxies_)
    for (const auto& chain : proxy.toxics)
      for (const Toxic& toxic : chain)
        if (toxic.expires <= now) over.emplace_back(name, toxic.name);
  for (const auto& [proxy, toxic] : over) remove_toxic(proxy, toxic);
  return over;
}

std::optional<std::int64_t> ProxySet::next_expiry() const {
  std::optional<std::int64_t> next;
  for (const auto& [name, proxy] : proxies_)
    for (const auto& chain : proxy.toxics)
      for (const Toxic& toxic : chain) next = std::min(next.value_or(toxic.expires), toxic.expires);
  return next;
}

}  // namespace muster::proxy
