#include "exercise/agent/order.h"

#include <sys/random.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "models/fingerprint.h"

namespace muster {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestWord = 200;
constexpr double kBurst = 60, kRate = 30;  // orders, orders a second
constexpr std::size_t kMost = 10'000, kAnswers = 64 << 20;
const char* const keys[] = {"order", "id", "session", "sequence", "exercise", "until", "body"};

std::string word(const json& j, const char* key) {
  const auto found = j.find(key);
  if (found == j.end()) throw std::invalid_argument(std::string("an order without ") + key);
  if (!found->is_string()) throw std::invalid_argument(std::string(key) + " of an order is no text");
  std::string text = found->get<std::string>();
  if (text.empty() || text.size() > kLongestWord) throw std::invalid_argument(std::string(key) + " of an order is empty, or longer than 200 bytes");
  return text;
}

// It becomes a folder's name on the agent's host.
std::string exercise_in(const json& j) {
  std::string name = word(j, "exercise");
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != std::string::npos || name.size() > 64)
    throw std::invalid_argument("exercise of an order is no id of an exercise");
  return name;
}

std::string content_of(const AgentOrder& order) {
  return sha256_hex(json{order.kind, order.exercise, order.body}.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace

json to_json(const AgentOrder& order) {
  json j{{"order", order.kind},         {"id", order.id},     {"session", order.session}, {"sequence", order.sequence},
         {"exercise", order.exercise}, {"body", order.body}};
  if (order.until) j["until"] = *order.until;
  return j;
}

AgentOrder order_from(std::string_view line) {
  if (line.size() > longest_order) throw std::invalid_argument("an order longer than 1 MiB");
  const json j = json::parse(line, nullptr, false);
  if (!j.is_object()) throw std::invalid_argument("not an order: no JSON object");
  for (const auto& [key, value] : j.items())
    if (std::find(std::begin(keys), std::end(keys), key) == std::end(keys)) throw std::invalid_argument("an order has no '" + key.substr(0, 40) + "'");
  AgentOrder order{word(j, "order"), word(j, "id"), word(j, "session"), exercise_in(j), 0, {}, json::object()};
  const auto sequence = j.find("sequence"), until = j.find("until"), body = j.find("body");
  if (sequence == j.end() || !sequence->is_number_unsigned()) throw std::invalid_argument("sequence of an order is no whole number");
  order.sequence = sequence->get<std::uint64_t>();
  if (until != j.end()) {
    if (!until->is_number_integer()) throw std::invalid_argument("until of an order is no whole number");
    order.until = until->get<std::int64_t>();
  }
  if (body != j.end()) {
    if (!body->is_object()) throw std::invalid_argument("body of an order is no JSON object");
    order.body = *body;
  }
  return order;
}

OrderGate::Judged OrderGate::judge(const AgentOrder& order, const Moment& now) {
  using Way = Judged::Way;
  if (filled_) tokens_ = std::min(kBurst, tokens_ + kRate * std::max(0.0, now.since(*filled_)));
  filled_ = now;
  if (tokens_ < 1) return {Way::hang_up, "more than 30 orders a second", ""};
  tokens_ -= 1;
  if (order.session != session_) return {Way::hang_up, "an order of another session: replayed?", ""};
  const std::string content = content_of(order);
  if (const auto found = known_.find(order.id); found != known_.end()) {
    if (found->second.content != content) return {Way::refused, "the id " + order.id + " stood for another order", ""};
    return {Way::repeated, "", found->second.answer};
  }
  if (order.sequence != last_ + 1) return {Way::hang_up, "an order out of sequence: replayed, or one is missing", ""};
  if (known_.size() >= kMost || kept_ > kAnswers) return {Way::hang_up, "more orders than one session may have", ""};
  last_ = order.sequence;
  known_[order.id] = {content, ""};
  if (order.until && now.boot > *order.until) return {Way::refused, "the order came too late", ""};
  return {Way::fresh, "", ""};
}

void OrderGate::answered(const std::string& id, const std::string& answer) {
  const auto found = known_.find(id);
  if (found == known_.end()) return;
  found->second.answer = answer;
  kept_ += answer.size();
}

std::string drawn_session() {
  unsigned char random[16];
  if (getrandom(random, sizeof random, 0) != sizeof random) std::abort();
  std::string out;
  for (const unsigned char byte : random) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

}  // namespace muster
