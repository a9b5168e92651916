#include "exercise/proxy/service.h"

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "exercise/proxy/api_server.h"
#include "exercise/refused.h"

namespace muster::proxy {
namespace {

namespace asio = boost::asio;

SocketAddress api_address(const ServiceOptions& options) {
  std::vector<SocketAddress> found;
  try {
    found = resolve(parse_host_port(options.listen));
  } catch (const std::exception& why) {
    throw Refused({"--listen: " + std::string(why.what())});
  }
  std::string host = text_of(found.front());
  host = host.substr(0, host.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (is_loopback(found.front())) return found.front();
  bool exposed = false;
  for (const std::string& each : options.rules.exposed) exposed |= each == "*" || each == host;
  if (!exposed) throw Refused({"--listen " + options.listen + " is not a loopback address: whoever reaches it can break what is behind; where that is meant, add --expose " + host});
  if (options.token.empty()) throw Refused({"--listen " + options.listen + " is not a loopback address: it needs a token, in --token-file or MUSTER_PROXY_TOKEN"});
  return found.front();
}

/// Toxics end by themselves.
class Expiry {
 public:
  Expiry(asio::io_context& io, Api& api) : timer_(io), api_(api) { next(); }

 private:
  void next() {
    timer_.expires_after(std::chrono::milliseconds(100));
    timer_.async_wait([this](auto error) {
      if (error) return;
      api_.expire();
      next();
    });
  }
  asio::steady_timer timer_;
  Api& api_;
};

std::string greeting(const ServiceOptions& options, const std::string& address, std::int64_t room) {
  std::string text = "muster proxy: the API listens on " + address + "\n";
  if (room < options.forwarding.connections)
    text += "muster proxy: room for " + std::to_string(room) + " connections of the " + std::to_string(options.forwarding.connections) +
            " asked for: each takes two descriptors, and the system gives no more (ulimit -Hn)\n";
  return text;
}

}  // namespace

int serve(const ServiceOptions& options, const std::function<void(const std::string&)>& started) {
  asio::io_context io(1);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  const SocketAddress listen = api_address(options);
  Audit audit = options.audit.empty() ? Audit() : Audit(options.audit);
  Forwarding forwarding(options.forwarding);
  ProxySet proxies(forwarding, options.rules);
  Api api(proxies, audit, options.token, options.version);
  ApiServer server(io, listen, api);
  if (!options.config.empty())
    if (const auto error = proxies.populate(json_body(options.config)).second) throw *error;
  int number = 0;
  signals.async_wait([&](auto, int came) {
    number = came;
    io.stop();
  });
  const Expiry expiry(io, api);
  audit.write({{"by", "muster proxy"}, {"what", "started"}, {"listen", server.address()}, {"proxies", proxies.all().size()}});
  started(greeting(options, server.address(), forwarding.room()));
  io.run();
  audit.write({{"by", "muster proxy"}, {"what", "ended"}, {"signal", number}});
  return number;
}

}  // namespace muster::proxy
