#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "exercise/agent/clock_offset.h"
#include "exercise/agent/secure_channel.h"

/// A runner's connection to an agent: what both its waiting and its event-driven users need.
namespace muster {

/// What the agent says first.
struct AgentGreeting {
  std::string session, host, program, boot;
};

/// One conversation, driven by turn(). Not thread-safe. Never throws but where said.
class AgentTalk {
 public:
  struct Ports {
    std::function<void(const std::string& line, std::size_t number)> happened = nullptr;
    std::function<void(const std::string& probe, const nlohmann::json& sample)> sampled = nullptr;
    std::function<void(const std::string& lines)> canary = nullptr;  ///< may throw std::invalid_argument: they cannot be read
  };
  using Answered = std::function<void(const nlohmann::json& is)>;  ///< {"refused": [REASON, …]} where it was not done, or nobody answers any more

  /// Begins to connect; blocks while the name is looked up. Throws Refused: no credentials, no address.
  AgentTalk(const std::string& address, std::string exercise, Ports ports);
  SecureChannel& channel() { return *channel_; }
  void turn();                             ///< takes the news; calls what waits for them
  bool greeted() const { return !greeting_.session.empty(); }
  bool lost() const { return channel_->state() == SecureChannel::State::closed; }
  std::string why_lost() const;            ///< a sentence
  const AgentGreeting& greeting() const { return greeting_; }
  const ClockOffset& clock() const { return clock_; }
  double silence() const;                  ///< seconds since it said something
  bool awaits_beat() const { return !beats_.empty(); }

  /// Once it is greeted. The order must reach the agent within `patience` seconds to be begun.
  std::string order(const std::string& kind, nlohmann::json body, double patience, Answered done);
  void beat();
  void hang_up(const std::string& why);

 private:
  void hear(const std::string& line);
  void hear_greeting(const nlohmann::json& word);
  void forget_waiting();
  std::string address_, exercise_, closing_;
  Ports ports_;
  std::unique_ptr<SecureChannel> channel_;
  AgentGreeting greeting_;
  ClockOffset clock_;
  std::map<std::uint64_t, Moment> beats_;
  std::map<std::string, Answered> waiting_;
  std::uint64_t next_ = 0, next_beat_ = 0;
  Moment heard_;
};

/// A conversation that waits for its answers. Throws Refused where there are none.
class AgentVisit {
 public:
  /// Connects, and measures the clock by eight exchanges. `patience` seconds at most.
  AgentVisit(const std::string& address, const std::string& exercise, double patience = 6);
  /// What it answers. Throws Refused with what the agent has against it, too.
  nlohmann::json ask(const std::string& kind, nlohmann::json body, double patience);
  AgentTalk& talk() { return talk_; }

 private:
  void wait(const std::function<bool()>& enough, double seconds, const char* what);
  std::string address_;
  AgentTalk talk_;
};

}  // namespace muster
