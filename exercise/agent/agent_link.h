#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "exercise/command.h"
#include "exercise/faults/fault.h"
#include "exercise/probing.h"
#include "models/happening.h"

namespace boost::asio {
class io_context;
}

namespace muster {

/// A run's connection to one agent, for as long as the run lasts: beats every 0.5 s, hears what happens there, on our own clocks. An agent that
/// is silent for 5 s, or whose connection ends, is lost: it puts everything back by itself, and meet_again() asks what became of it.
/// Not thread-safe; callbacks come from the loop, and none once it is destroyed, which ends the session.
class AgentLink {
 public:
  struct Ports {
    std::function<void(const Happening&)> happened = nullptr;
    std::function<void()> lost = nullptr;
  };
  /// Connects, waiting. Throws Refused.
  AgentLink(boost::asio::io_context& io, const Target& target, const std::string& exercise);
  ~AgentLink();
  AgentLink(const AgentLink&) = delete;
  AgentLink& operator=(const AgentLink&) = delete;

  void listen(Ports ports);
  const Target& target() const;
  bool lost() const;
  std::string why_lost() const;                ///< a sentence
  double clock_error() const;                  ///< seconds, of instants from there
  std::string clock_text() const;              ///< "the clock of … is 1.234 s ahead of ours, to 0.2 ms"

  /// Orders that are answered at once, waiting. Throw Refused.
  void arm();
  void probe(const std::vector<Probe>& probes, Probing::OnSample on_sample);

  void begin(const Effect& effect, std::optional<double> lasts, const std::optional<CommandSettings>& fence, std::function<void(std::string)> done);
  /// Whether lost or not: `done` gets what remains, and what is not known to be put back, once that is known or 90 s have passed since.
  void end_all(const std::string& why, std::function<void(std::vector<std::string>)> done);
  /// Runs a command there; `done` is called once. Gives the order's id, for end_command.
  std::string run(const CommandSettings& settings, std::function<void(const CommandResult&)> done);
  void end_command(const std::string& order);

  /// Starts the canary's writer there, and waits until its first write is acknowledged. Throws Refused: it was not, within `patience` seconds.
  /// `wrote` gets the lines of its log on our clocks, each instant with its error in nanoseconds; false: it cannot keep them.
  void write_canary(const Canary& canary, double patience, std::function<bool(const std::string& lines)> wrote);
  /// `done`, once, with whether all that was acknowledged there until its end is known here.
  void end_canary(std::function<void(bool whole)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace muster
