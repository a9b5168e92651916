#pragma once
#include <functional>
#include <string>

#include "exercise/probing.h"
#include "models/exercise.h"

/// What each kind of probe finds, once, in the calling process's network. They block until they know, however long that takes (look()
/// ends them), and may leave things behind in the process: they are for a process of their own.
namespace muster {

struct Answer {
  Sample::Verdict verdict = Sample::Verdict::unknown;
  std::string what;  ///< "status 503"
};
inline Answer passing(std::string what) { return {Sample::Verdict::passing, std::move(what)}; }
inline Answer failing(std::string what) { return {Sample::Verdict::failing, std::move(what)}; }
inline Answer unknown(std::string what) { return {Sample::Verdict::unknown, std::move(what)}; }

int dns_type(const std::string& name);  ///< throws std::invalid_argument on one that no probe asks for

/// Told what is being waited for: "connecting to 10.9.1.2". For the sentence about an answer that did not come.
using Stage = std::function<void(const std::string&)>;

/// Throw std::system_error where there is no answer (failing), anything else where the probe itself cannot ask (unknown).
Answer ask(const HttpProbe& probe, const Stage& stage);
Answer ask(const TcpProbe& probe, const Stage& stage);
Answer ask(const DnsProbe& probe, double timeout, const Stage& stage);
/// Ends the tree at the timeout, and on SIGTERM.
Answer ask(const CommandProbe& probe, double timeout, const std::string& folder, const Stage& stage);
Answer ask(const PostgresProbe& probe, const Stage& stage);
Answer ask(const PrometheusProbe& probe, const Stage& stage);

}  // namespace muster
