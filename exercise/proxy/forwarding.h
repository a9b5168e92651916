#pragma once
#include <map>
#include <memory>
#include <vector>

#include "exercise/proxy/worker.h"

namespace muster::proxy {

struct ForwardingOptions {
  int threads = 0;                      ///< 0: one a core, at most 8
  std::int64_t connections = 10'000;    ///< at once, of all proxies
  std::int64_t memory = 1 << 30;        ///< bytes that toxics may hold, of all connections
  std::uint64_t seed = 1;               ///< of toxicity, jitter and slices
};

/// The plane that really forwards. Called from one thread.
class Forwarding : public Plane {
 public:
  explicit Forwarding(const ForwardingOptions& options);
  ~Forwarding() override;  ///< ends all
  std::vector<SocketAddress> addresses(const std::string& listen) const override { return resolve(parse_host_port(listen)); }
  std::string open(const std::string& proxy, const std::string& listen, const std::string& upstream, const std::array<ToxicChain, 2>& chains,
                   const std::shared_ptr<Traffic>& traffic) override;
  /// Accepts from a socket that listens already, which does not block; each connection goes where `leads_to` says. `mark` is of its way out.
  void take(const std::string& proxy, Descriptor listening, std::function<std::vector<SocketAddress>(int client)> leads_to, unsigned mark,
            const std::array<ToxicChain, 2>& chains, const std::shared_ptr<Traffic>& traffic);
  /// Ends the listener alone: connections go on.
  void accept_no_more(const std::string& proxy);
  void close(const std::string& proxy) override;
  void apply(const std::string& proxy, Way way, const ToxicChain& chain) override;

  const Limits& limits() const { return limits_; }
  /// Connections that there are descriptors for; less than was asked where the system does not give more.
  std::int64_t room() const { return room_; }

 private:
  Limits limits_;
  std::int64_t room_ = 0;
  std::map<std::string, std::shared_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace muster::proxy
