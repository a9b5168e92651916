#pragma once
#include <sys/types.h>

#include <string>

#include "exercise/agent/pki.h"
#include "exercise/agent/secure_channel.h"
#include "exercise/agent/tls.h"
#include "tests/exercise/scratch.h"

/// An agent on loopback, in a process of its own, with an authority of its own; and this process as its runner.
namespace muster {

class AgentProcess {
 public:
  AgentProcess();
  ~AgentProcess();
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  /// Makes a certificate and goes by it from now on. `listed`: the agent lists it. `pki`: an authority's folder.
  Issued be_runner(const std::string& name, bool listed, const Moment& from, int days = 1, const std::string& pki = "");
  void be(const std::string& folder);       ///< goes by the certificate in that folder
  void copy_revocations();                  ///< from the authority to the agent
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string pki() const { return folder_.file("pki"); }
  std::string file(const std::string& name) const { return folder_.file(name); }
  std::string log() const;
  bool log_says(const std::string& what, double seconds = 3) const;
  pid_t pid() const { return pid_; }
  int port() const { return port_; }

 private:
  void write_settings(const std::vector<std::string>& runners);
  void start();
  scratch::Folder folder_;
  std::vector<std::string> runners_;
  pid_t pid_ = 0;
  int port_ = 0;
};

/// Lines said and heard as they are, by a runner that keeps no rules.
class RawRunner {
 public:
  explicit RawRunner(const AgentProcess& agent);
  void say(const std::string& line);
  /// The next line; empty where none comes, or the agent has hung up.
  std::string hear(double seconds = 5);
  const std::string& session() const { return session_; }
  std::string order(const std::string& kind, const std::string& id, unsigned sequence, const std::string& body = "{}") const;
  SecureChannel& channel() { return channel_; }

 private:
  SecureChannel channel_;
  std::vector<std::string> heard_;
  std::string session_;
};

}  // namespace muster
