/// Any bytes as a client of the proxy's API: each request is answered as the API's description says, and nothing else ever happens.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <string>

#include "exercise/proxy/api.h"

namespace {

namespace http = boost::beast::http;
using namespace muster::proxy;

void expect(bool holds) {
  if (!holds) std::abort();
}

/// Listens nowhere and looks nobody up.
class Nowhere : public Plane {
 public:
  std::vector<SocketAddress> addresses(const std::string& listen) const override {
    auto known = known_addresses(parse_host_port(listen));
    if (known.empty()) throw std::runtime_error("no such host");
    return known;
  }
  std::string open(const std::string& proxy, const std::string& listen, const std::string&, const std::array<ToxicChain, 2>& chains, const std::shared_ptr<Traffic>&) override {
    expect(opened.insert(proxy).second && chains[0] && chains[1]);
    return text_of(addresses(listen).front());
  }
  void close(const std::string& proxy) override { expect(opened.erase(proxy) == 1); }
  void apply(const std::string& proxy, Way way, const ToxicChain& chain) override {
    expect(opened.contains(proxy));
    for (const Toxic& toxic : *chain) expect(toxic.stream == way && toxic.toxicity >= 0 && toxic.toxicity <= 1 && toxic.ttl > 0 && toxic.id > 0 && !toxic.name.empty());
  }
  std::set<std::string> opened;
};

void check(const Reply& reply) {
  static const std::set<int> known = {200, 201, 204, 400, 401, 403, 404, 405, 409, 500, 503};
  expect(known.contains(reply.status) && (reply.status != 204 || reply.body.empty()));
  if (reply.type != "application/json") return;
  const auto body = nlohmann::json::parse(reply.body);
  if (reply.status >= 400) expect(body.at("status") == reply.status && body.at("error").is_string() && !body.at("error").get<std::string>().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Nowhere nowhere;
  ProxySet proxies(nowhere, {});
  Audit audit;
  Api api(proxies, audit, "", "0");
  proxies.create(nlohmann::json{{"name", "db"}, {"listen", "127.0.0.1:1"}, {"upstream", "u:1"}});
  for (int requests = 0; requests < 50 && size > 0; ++requests) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(16 << 10);
    parser.body_limit(1 << 20);
    parser.eager(true);
    boost::beast::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(data, size), error);
    if (error || !parser.is_done() || used == 0) break;
    data += used;
    size -= used;
    const auto& message = parser.get();
    const auto text = [](auto view) { return std::string(view.data(), view.size()); };
    check(api.answer({text(message.method_string()), text(message.target()), message.body(), text(message[http::field::user_agent]), text(message[http::field::authorization]), "fuzz"}));
  }
  return 0;
}
