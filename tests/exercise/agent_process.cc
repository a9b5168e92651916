#include "tests/exercise/agent_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "exercise/agent/agent.h"
#include "exercise/agent/order.h"
#include "exercise/clock.h"

namespace muster {

namespace fs = std::filesystem;
using nlohmann::json;

AgentProcess::AgentProcess() {
  setenv("MUSTER_STATE_DIR", folder_.file("state").c_str(), 1);
  setenv("MUSTER_RUN_DIR", folder_.file("run").c_str(), 1);
  make_authority(pki(), "Test", 2, system_clock().now());
  issue_certificate(pki(), "agent", CertificateUse::agent, {"127.0.0.1"}, 1, system_clock().now());
  be_runner("runner", true, system_clock().now());
  start();
}

AgentProcess::~AgentProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  for (const char* name : {"MUSTER_STATE_DIR", "MUSTER_RUN_DIR", "MUSTER_RUNNER_DIR"}) unsetenv(name);
}

void AgentProcess::start() {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  pid_ = fork();
  if (pid_ == 0) {
    close(ends[0]);
    boost::asio::io_context io(1);
    const Agent agent(io, folder_.file("agent.yaml"), "muster test", nullptr);
    const int port = agent.port();
    if (write(ends[1], &port, sizeof port) != sizeof port) _exit(1);
    close(ends[1]);
    io.run();
    _exit(0);
  }
  close(ends[1]);
  if (read(ends[0], &port_, sizeof port_) != sizeof port_) port_ = 0;
  close(ends[0]);
}

void AgentProcess::write_settings(const std::vector<std::string>& runners) {
  const std::string own = pki() + "/agent/";
  json list = runners;
  std::ofstream out(folder_.file("agent.yaml.new"));
  out << "listen: \"127.0.0.1:0\"\nrunners: " << list.dump() << "\ncertificate: " << own << "certificate.pem\nkey: " << own << "key.pem\nca: " << own << "ca.pem\nrevoked: " << own << "revoked.pem\n";
  out.close();
  fs::permissions(folder_.file("agent.yaml.new"), fs::perms::owner_read | fs::perms::owner_write);
  fs::rename(folder_.file("agent.yaml.new"), folder_.file("agent.yaml"));
}

Issued AgentProcess::be_runner(const std::string& name, bool listed, const Moment& from, int days, const std::string& other) {
  const std::string folder = other.empty() ? pki() : other;
  const Issued issued = issue_certificate(folder, name, CertificateUse::runner, {}, days, from);
  if (!other.empty()) fs::copy_file(pki() + "/ca.pem", folder + "/" + name + "/ca.pem", fs::copy_options::overwrite_existing);  // it knows the agent
  fs::remove(folder + "/" + name + "/revoked.pem");
  if (listed) {
    runners_.push_back(issued.fingerprint);
    write_settings(runners_);
  }
  be(folder + "/" + name);
  return issued;
}

void AgentProcess::be(const std::string& folder) { setenv("MUSTER_RUNNER_DIR", folder.c_str(), 1); }

void AgentProcess::copy_revocations() { fs::copy_file(pki() + "/revoked.pem", pki() + "/agent/revoked.pem", fs::copy_options::overwrite_existing); }

std::string AgentProcess::log() const {
  std::ifstream in(folder_.file("state") + "/agent/log");
  return {std::istreambuf_iterator<char>(in), {}};
}

bool AgentProcess::log_says(const std::string& what, double seconds) const {
  for (const Moment since = system_clock().now();; poll(nullptr, 0, 20)) {
    if (log().find(what) != std::string::npos) return true;
    if (system_clock().now().since(since) > seconds) return false;
  }
}

namespace {

OwnedContext tls_of_runner() {
  const std::string folder = std::getenv("MUSTER_RUNNER_DIR");
  return make_tls({folder + "/certificate.pem", folder + "/key.pem", folder + "/ca.pem", ""}, false);
}

}  // namespace

RawRunner::RawRunner(const AgentProcess& agent) : channel_(tls_of_runner(), call_agent(agent.address()), longest_answer, "127.0.0.1") {
  const json greeting = json::parse(hear(), nullptr, false);
  if (greeting.is_object() && greeting.contains("agent")) session_ = greeting["agent"]["session"];
}

void RawRunner::say(const std::string& line) {
  channel_.say(line);
  for (int i = 0; i < 200 && channel_.state() != SecureChannel::State::closed && channel_.wants_to_write(); ++i) {
    pollfd news{channel_.descriptor(), POLLIN | POLLOUT, 0};
    poll(&news, 1, 50);
    channel_.turn();
  }
}

std::string RawRunner::hear(double seconds) {
  for (const Moment since = system_clock().now(); heard_.empty() && system_clock().now().since(since) < seconds;) {
    const bool closed = channel_.state() == SecureChannel::State::closed;
    if (!closed) {
      pollfd news{channel_.descriptor(), static_cast<short>(POLLIN | (channel_.wants_to_write() ? POLLOUT : 0)), 0};
      poll(&news, 1, 20);
      channel_.turn();
    }
    heard_ = channel_.take_lines();
    if (closed) break;
  }
  if (heard_.empty()) return "";
  const std::string line = heard_.front();
  heard_.erase(heard_.begin());
  return line;
}

std::string RawRunner::order(const std::string& kind, const std::string& id, unsigned sequence, const std::string& body) const {
  return json{{"order", kind}, {"id", id}, {"session", session_}, {"sequence", sequence}, {"exercise", "test"}, {"body", json::parse(body)}}.dump();
}

}  // namespace muster
