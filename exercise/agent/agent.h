#pragma once
#include <functional>
#include <memory>
#include <string>

#include "exercise/agent/agent_settings.h"

namespace boost::asio {
class io_context;
}

/// Runs on a host that is to be broken on purpose, and does so by order of a runner elsewhere: owns that host's keeper.
///
/// Who it speaks to is decided in this order, and every refusal is logged here and told to the other side as far as it has got: TLS 1.3 with a
/// certificate of the authority, in time, made for runners and not revoked; its fingerprint listed in the agent's file; each order of this
/// session, in sequence, in time; and what the host's own opt-in file allows (guard.h). When the connection ends, or is silent for 3 s while
/// something is in effect, everything is put back; when the agent dies, its keepers do that.
///
/// At most 48 connections that have not proved themselves (the oldest has to go), for 10 s at most; 16 that have; a line of an order takes
/// 10 s at most. The files of the settings are read anew when they change; for a connection that stands, whoever is no longer listed is
/// let go at the next second.
namespace muster {

class Agent {
 public:
  /// Listens. `program`: "muster 0.1.0", for runners. `log`: gets each line of the log, besides its file. Throws Refused.
  Agent(boost::asio::io_context& io, const std::string& settings_file, std::string program, std::function<void(const std::string&)> log);
  ~Agent();                               ///< ends everything, and waits for it
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  int port() const;
  /// No more connections; everything is put back; then `done`.
  void end(const std::string& why, std::function<void()> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// What the agent of this host says of itself, as it wrote it down a second ago at most; empty: none runs here.
std::string agent_status_here();

}  // namespace muster
