#pragma once
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exercise/clock.h"
#include "exercise/proxy/plane.h"
#include "exercise/proxy/toxic_json.h"

/// The proxies and their toxics, and what may be done with them.
namespace muster::proxy {

struct Rules {
  Lifetimes lifetimes;
  std::vector<std::string> exposed;  ///< addresses beyond loopback that proxies may listen on; "*": all
  std::size_t most_proxies = 1000, most_toxics = 100;  ///< toxics: of one proxy
};

struct ProxyState {
  std::string name, listen, upstream;
  bool enabled = false;
  std::array<std::vector<Toxic>, 2> toxics;  ///< by Way
  std::shared_ptr<Traffic> traffic = std::make_shared<Traffic>();
};
nlohmann::ordered_json json_of(const ProxyState& proxy);

/// One call after another, each whole or not at all; all throw ApiError where Toxiproxy answers with an error. Not thread-safe.
class ProxySet {
 public:
  ProxySet(Plane& plane, const Rules& rules, const Clock& clock = system_clock());
  ~ProxySet();  ///< closes all
  ProxySet(const ProxySet&) = delete;
  ProxySet& operator=(const ProxySet&) = delete;

  const std::map<std::string, ProxyState>& all() const { return proxies_; }
  const ProxyState& get(const std::string& name) const;
  const ProxyState& create(const nlohmann::json& body);
  /// The proxies made, found or replaced before the first that failed, and that error.
  std::pair<std::vector<const ProxyState*>, std::optional<ApiError>> populate(const nlohmann::json& body);
  const ProxyState& update(const std::string& name, const nlohmann::json& body);
  void remove(const std::string& name);
  void reset();

  const Toxic& toxic(const std::string& proxy, const std::string& name) const;
  const Toxic& add_toxic(const std::string& proxy, const nlohmann::json& body);
  const Toxic& change_toxic(const std::string& proxy, const std::string& name, const nlohmann::json& body);
  void remove_toxic(const std::string& proxy, const std::string& name);

  /// Removes toxics whose time is over: their proxies and names.
  std::vector<std::pair<std::string, std::string>> expire();
  /// When the next one is over, nanoseconds of CLOCK_BOOTTIME.
  std::optional<std::int64_t> next_expiry() const;

 private:
  ProxyState& found(const std::string& name);
  static Toxic* find(ProxyState& proxy, const std::string& name);
  void start(ProxyState& proxy);
  void stop(ProxyState& proxy);
  void apply(const ProxyState& proxy, Way way);
  void set_lifetime(Toxic& toxic) const;
  void check_listen(const std::string& listen) const;
  bool differs(const ProxyState& proxy, const std::string& listen, const std::string& upstream) const;

  Plane& plane_;
  Rules rules_;
  const Clock& clock_;
  std::map<std::string, ProxyState> proxies_;
  std::uint64_t toxics_made_ = 0;
};

}  // namespace muster::proxy
