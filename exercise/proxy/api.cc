#include "exercise/proxy/api.h"

#include <openssl/crypto.h>

#include <vector>

#include "models/wording.h"

namespace muster::proxy {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// The newest of Toxiproxy whose API this is.
constexpr const char* api_version = "2.12.0";
constexpr std::size_t most_noted = 4096;

std::string text_of(const ordered_json& value) { return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace); }
Reply json_reply(int status, const ordered_json& value) { return {status, "application/json", text_of(value)}; }
Reply error_reply(int status, const std::string& text) { return {status, "application/json", text_of({{"error", text}, {"status", status}}) + "\n"}; }
Reply plain_reply(int status, const std::string& text) { return {status, "text/plain; charset=utf-8", text}; }
Reply no_content() { return {204, "", ""}; }
Reply not_found() { return plain_reply(404, "404 page not found\n"); }
Reply not_allowed() { return {405, "", ""}; }

int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

std::string decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return out;
}

// "/proxies/db/toxics?x" is {"proxies", "db", "toxics"}; an empty part makes a path that nothing has.
std::vector<std::string> parts_of(const std::string& target) {
  const std::string path = target.substr(0, target.find_first_of("?#"));
  std::vector<std::string> parts;
  if (!path.starts_with('/')) return parts;
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t next = std::min(path.find('/', at), path.size());
    parts.push_back(decoded(path.substr(at, next - at)));
    at = next + 1;
  }
  return parts;
}

bool updates(const std::string& method) { return method == "POST" || method == "PATCH"; }

}  // namespace

Api::Api(ProxySet& proxies, Audit& audit, std::string token, std::string version)
    : proxies_(proxies), audit_(audit), token_(std::move(token)), version_(std::move(version)) {}

bool Api::allowed(const Request& request) const {
  const std::string wanted = "Bearer " + token_;
  return token_.empty() || (request.authorization.size() == wanted.size() && CRYPTO_memcmp(request.authorization.data(), wanted.data(), wanted.size()) == 0);
}

Reply Api::answer(const Request& request) {
  Reply reply;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  // While nothing can be noted, nothing is made worse; to take a toxic or a proxy away stays possible.
  const bool undoes = request.method == "DELETE" || request.target == "/reset";
  try {
    if (request.agent.starts_with("Mozilla/"))  // a page in a browser of this machine is not who asks
      reply = plain_reply(403, "User agent not allowed\n");
    else if (!allowed(request))
      reply = error_reply(401, "a token is required: Authorization: Bearer …");
    else if (!reads && !undoes && audit_.broken() && !audit_.write({{"by", "muster proxy"}, {"what", "the audit log can be written again"}}))
      reply = error_reply(503, "the audit log cannot be written, so nothing is changed");
    else
      reply = route(request);
  } catch (const ApiError& error) {
    reply = error_reply(error.status, error.what());
  }
  if (!reads) note(request, reply);
  return reply;
}

void Api::note(const Request& request, const Reply& reply) {
  ordered_json entry = {{"by", request.by}, {"agent", printable(request.agent, 200)}, {"what", printable(request.method + " " + request.target, 2000)}, {"status", reply.status}};
  if (!request.body.empty()) {
    ordered_json asked = request.body.size() <= most_noted ? ordered_json::parse(request.body, nullptr, false) : ordered_json();
    entry["asked"] = request.body.size() > most_noted || asked.is_discarded() ? ordered_json(std::to_string(request.body.size()) + " bytes") : asked;
  }
  if (reply.status >= 400) entry["answer"] = printable(reply.body, 1000);
  audit_.write(std::move(entry));
}

void Api::expire() {
  for (const auto& [proxy, toxic] : proxies_.expire())
    audit_.write({{"by", "muster proxy"}, {"what", "removed a toxic whose time was over"}, {"proxy", proxy}, {"toxic", toxic}});
}

Reply Api::route(const Request& request) {
  const std::vector<std::string> parts = parts_of(request.target);
  for (const std::string& part : parts)
    if (part.empty()) return not_found();
  if (parts.empty() || parts.size() > 4) return not_found();
  const bool get = request.method == "GET", post = request.method == "POST";
  if (parts[0] == "proxies" && parts.size() > 1) {
    if (parts.size() == 2) return route_proxy(request, parts[1]);
    if (parts[2] != "toxics") return not_found();
    return parts.size() == 3 ? route_toxics(request, parts[1]) : route_toxic(request, parts[1], parts[3]);
  }
  if (parts.size() > 1) return not_found();
  if (parts[0] == "proxies") {
    if (post) return json_reply(201, json_of(proxies_.create(json_body(request.body))));
    if (!get) return not_allowed();
    ordered_json all = ordered_json::object();
    for (const auto& [name, proxy] : proxies_.all()) all[name] = json_of(proxy);
    return json_reply(200, all);
  }
  if (parts[0] == "populate") return post ? populate(request) : not_allowed();
  if (parts[0] == "reset") {
    if (!post) return not_allowed();
    proxies_.reset();
    return no_content();
  }
  if (parts[0] == "version") return get ? json_reply(200, {{"version", api_version}, {"muster", version_}}) : not_allowed();
  if (parts[0] == "metrics") return get ? Reply{200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(proxies_)} : not_allowed();
  return not_found();
}

Reply Api::populate(const Request& request) {
  const auto [done, error] = proxies_.populate(json_body(request.body));
  ordered_json list = ordered_json::array();
  for (const ProxyState* proxy : done) list.push_back(json_of(*proxy));
  if (error) return json_reply(error->status, {{"error", error->what()}, {"status", error->status}, {"proxies", list}});
  return json_reply(201, {{"proxies", list}});
}

Reply Api::route_proxy(const Request& request, const std::string& name) {
  if (request.method == "GET") return json_reply(200, json_of(proxies_.get(name)));
  if (updates(request.method)) {
    proxies_.get(name);  // that there is none comes before what is wrong with the body
    return json_reply(200, json_of(proxies_.update(name, json_body(request.body))));
  }
  if (request.method != "DELETE") return not_allowed();
  proxies_.remove(name);
  return no_content();
}

Reply Api::route_toxics(const Request& request, const std::string& proxy) {
  const ProxyState& owner = proxies_.get(proxy);
  if (request.method == "GET") return json_reply(200, json_of(owner)["toxics"]);
  if (request.method == "POST") return json_reply(200, json_of(proxies_.add_toxic(proxy, json_body(request.body))));
  return not_allowed();
}

Reply Api::route_toxic(const Request& request, const std::string& proxy, const std::string& name) {
  const Toxic& toxic = proxies_.toxic(proxy, name);
  if (request.method == "GET") return json_reply(200, json_of(toxic));
  if (updates(request.method)) return json_reply(200, json_of(proxies_.change_toxic(proxy, name, json_body(request.body))));
  if (request.method != "DELETE") return not_allowed();
  proxies_.remove_toxic(proxy, name);
  return no_content();
}

}  // namespace muster::proxy
