#pragma once
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "exercise/agent/agent_log.h"
#include "exercise/agent/agent_settings.h"
#include "exercise/agent/canary_work.h"
#include "exercise/agent/channel_watch.h"
#include "exercise/agent/errand_watch.h"
#include "exercise/agent/guest.h"
#include "exercise/agent/order.h"
#include "exercise/probing.h"

namespace muster {

/// What all sessions of an agent share. Lives longer than they do.
struct AgentHost {
  boost::asio::io_context& io;
  AgentSettings settings;
  OwnedContext tls;
  AgentLog log;
  int port = 0;
  std::string program;
  std::map<std::string, std::shared_ptr<Guest>> guests{};  ///< by exercise
  std::vector<std::shared_ptr<void>> leaving{};            ///< commands whose trees are being ended
  /// What it serves, by the name that the runner has for it.
  Target target(const std::string& name) const { return {name, settings.netns, "", "", {}}; }
  /// The guest of that id, made where there is none. Throws Refused: somebody else's, or too many.
  std::shared_ptr<Guest> guest(const std::string& exercise, const std::string& owner);
};

/// One connection. Not thread-safe; driven by the loop and by turn().
class AgentSession : public std::enable_shared_from_this<AgentSession> {
 public:
  AgentSession(AgentHost& host, Descriptor socket, std::string peer, std::string address);
  ~AgentSession();
  void begin();
  void turn(double passed);           ///< `passed` seconds of the agent's own since the last one
  void end(const std::string& why);   ///< says so, and hangs up; what is in effect ends
  bool over() const { return over_; }
  bool proved() const { return gate_.has_value(); }
  const std::string& peer() const { return peer_; }
  std::string told() const;           ///< for the status

 private:
  struct Running;
  void news();
  void greet();
  void take(const std::string& line);
  void take_beat(const nlohmann::json& beat);
  void obey(const AgentOrder& order);
  void perform(const AgentOrder& order);
  void answer(const std::string& id, const nlohmann::json& is);
  void refuse(const std::string& id, const std::vector<std::string>& reasons);
  void reply(const std::string& id, const nlohmann::json& line);
  void let_go(const std::string& why);
  Guest& guest_of(const AgentOrder& order);
  void look(const AgentOrder& order);
  void footprint(const AgentOrder& order);
  void arm(const AgentOrder& order);
  void begin_fault(const AgentOrder& order);
  void end_all(const AgentOrder& order);
  void run(const AgentOrder& order);
  void end_run(const AgentOrder& order);
  void probe(const AgentOrder& order);
  void write_canary(const AgentOrder& order);
  void end_canary(const AgentOrder& order);
  void read_canary(const AgentOrder& order);
  nlohmann::json status() const;
  bool at_work() const;

  AgentHost& host_;
  SecureChannel channel_;
  std::string peer_, address_;
  std::unique_ptr<ChannelWatch> watch_;
  std::optional<OrderGate> gate_;
  std::shared_ptr<Guest> guest_;
  std::map<std::string, std::unique_ptr<ErrandWatch>> errands_;
  std::map<std::string, std::shared_ptr<Running>> commands_;
  std::unique_ptr<Probing> probing_;
  std::unique_ptr<CanaryWork> canary_;
  double age_ = 0, silence_ = 0, beats_ = 0;
  bool over_ = false;
};

}  // namespace muster
