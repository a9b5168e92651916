#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "models/happening.h"

/// What a runner orders of an agent: one JSON object a line, and what keeps an order from being taken twice, late, or from elsewhere.
///
/// The agent speaks first: {"agent": {"protocol", "session", "host", "program", "boot"}}; `session` is drawn anew for each connection. An order:
///   {"order": KIND, "id": ID, "session": SESSION, "sequence": N, "exercise": EXERCISE, "until": BOOT NANOSECONDS or absent, "body": {…}}
/// and its answer {"answer": ID, "refused": [REASON, …]} or {"answer": ID, "is": {…}}. {"beat": N} is answered by {"beat": N, "at": [BOOT, WALL]}.
/// What happens meanwhile comes as {"happened": LINE, "number": N} and {"sample": …}. {"closing": REASON} is the last word.
namespace muster {

constexpr int agent_protocol = 1;
constexpr std::size_t longest_order = 1 << 20;     ///< bytes, with its end
constexpr std::size_t longest_answer = 8 << 20;

struct AgentOrder {
  std::string kind, id, session, exercise;
  std::uint64_t sequence = 0;
  std::optional<std::int64_t> until;               ///< of the agent's boot clock: not begun later
  nlohmann::json body = nlohmann::json::object();
};
nlohmann::json to_json(const AgentOrder& order);
/// Throws std::invalid_argument with a sentence: no JSON, a key that is missing, not known or of the wrong type, one that is too long.
AgentOrder order_from(std::string_view line);

/// The gate of one session. Not thread-safe.
class OrderGate {
 public:
  /// `session`: what was said first. 60 orders at once and 30 a second are let through, and 10,000 in all, with 64 MiB of answers.
  explicit OrderGate(std::string session) : session_(std::move(session)) {}

  struct Judged {
    enum class Way { fresh, repeated, refused, hang_up } way = Way::fresh;
    std::string why;                 ///< of refused and hang_up
    std::string answer;              ///< of repeated: what was answered; empty: it is still being done
  };
  /// fresh: to be done, once. repeated: the same order was given before, under the same id. refused: too late, or an id that stood for
  /// another order. hang_up: of another session, out of sequence, or too many.
  Judged judge(const AgentOrder& order, const Moment& now);
  void answered(const std::string& id, const std::string& answer);

 private:
  struct Known {
    std::string content, answer;
  };
  std::string session_;
  std::uint64_t last_ = 0;
  double tokens_ = 60;
  std::optional<Moment> filled_;
  std::map<std::string, Known> known_;
  std::size_t kept_ = 0;             ///< bytes of answers
};

/// 32 hexadecimal digits from the kernel.
std::string drawn_session();

}  // namespace muster
