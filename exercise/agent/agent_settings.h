#pragma once
#include <string>
#include <vector>

#include "exercise/agent/tls.h"

/// What an agent and a runner are told about each other by files of their own hosts.
namespace muster {

/// The agent's own file, /etc/muster/agent.yaml:
///   listen: "0.0.0.0:7443"
///   runners: ["sha256:…"]                    # fingerprints of the certificates that may give orders; none: nobody
///   netns: west                              # what it serves is this network namespace of the host, and it listens there; else the host itself
///   certificate: /etc/muster/agent/certificate.pem   # and key, ca, revoked: likewise in /etc/muster/agent/
struct AgentSettings {
  std::string file, listen, netns;
  std::vector<std::string> runners;
  Credentials credentials;
};
/// Throws Refused with all that is wrong with it, and where it is not root's or the user's own.
AgentSettings read_agent_settings(const std::string& file);

/// The runner's folder, /etc/muster/runner, or MUSTER_RUNNER_DIR: certificate.pem, key.pem, ca.pem and, where it is there, revoked.pem.
Credentials runner_credentials();

}  // namespace muster
