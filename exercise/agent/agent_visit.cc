#include "exercise/agent/agent_visit.h"

#include <poll.h>

#include <algorithm>

#include "exercise/agent/agent_settings.h"
#include "exercise/agent/order.h"
#include "exercise/agent/order_values.h"
#include "exercise/clock.h"
#include "exercise/faults/networks.h"
#include "exercise/refused.h"

namespace muster {
namespace {

using nlohmann::json;

constexpr int kExchanges = 8;
constexpr double kPulse = 5;  // seconds
constexpr std::size_t kMostBeats = 64;

}  // namespace

AgentTalk::AgentTalk(const std::string& address, std::string exercise, Ports ports)
    : address_(address), exercise_(std::move(exercise)), ports_(std::move(ports)), heard_(system_clock().now()) {
  OwnedContext tls = make_tls(runner_credentials(), false);
  channel_ = std::make_unique<SecureChannel>(std::move(tls), call_agent(address), longest_answer, host_and_port(address).first);
}

double AgentTalk::silence() const { return system_clock().now().since(heard_); }

std::string AgentTalk::why_lost() const { return closing_.empty() ? channel_->why() : closing_; }

void AgentTalk::turn() {
  channel_->turn();
  for (const std::string& line : channel_->take_lines()) hear(line);
  if (channel_->overlong()) hang_up("it says more than can be read");
  if (lost()) forget_waiting();
}

void AgentTalk::hear(const std::string& line) try {
  heard_ = system_clock().now();
  const json word = json::parse(line);
  if (word.contains("agent")) return hear_greeting(word.at("agent"));
  if (word.contains("closing")) {
    closing_ = word.at("closing").get<std::string>();
  } else if (word.contains("beat")) {
    const auto asked = beats_.find(word.at("beat").get<std::uint64_t>());
    if (asked == beats_.end()) return;
    clock_.add({asked->second, moment_from_json(word.at("at")), heard_});
    beats_.erase(beats_.begin(), std::next(asked));
  } else if (word.contains("answer")) {
    const auto found = waiting_.find(word.at("answer").get<std::string>());
    if (found == waiting_.end()) return;
    const Answered done = std::move(found->second);
    waiting_.erase(found);
    done(word.contains("is") ? word.at("is") : json{{"refused", word.at("refused")}});
  } else if (word.contains("happened") && ports_.happened) {
    ports_.happened(word.at("happened").get<std::string>(), word.at("number").get<std::size_t>());
  } else if (word.contains("sample") && ports_.sampled) {
    ports_.sampled(word.at("of").get<std::string>(), word.at("sample"));
  } else if (word.contains("canary") && ports_.canary) {
    ports_.canary(word.at("canary").get<std::string>());
  }
} catch (const json::exception& error) {
  hang_up(std::string("what the agent says cannot be read: ") + error.what());
} catch (const std::invalid_argument& error) {
  hang_up(std::string("what the agent says cannot be read: ") + error.what());
}

void AgentTalk::hear_greeting(const json& word) {
  if (word.at("protocol") != agent_protocol)
    return hang_up("it speaks protocol " + word.at("protocol").dump() + ", and this program " + std::to_string(agent_protocol) + "; install the same version on both hosts");
  greeting_ = {word.at("session"), word.at("host"), word.at("program"), word.at("boot")};
}

void AgentTalk::forget_waiting() {
  const std::map<std::string, Answered> waiting = std::exchange(waiting_, {});
  for (const auto& [id, done] : waiting) done({{"refused", {"the connection to the agent at " + address_ + " was lost: " + why_lost()}}});
}

std::string AgentTalk::order(const std::string& kind, json body, double patience, Answered done) {
  AgentOrder order{kind, "", greeting_.session, exercise_, ++next_, {}, std::move(body)};
  order.id = kind + "-" + std::to_string(order.sequence);
  if (clock_.known()) order.until = clock_.theirs(system_clock().now()) + static_cast<std::int64_t>((patience + clock_.error()) * 1e9);
  if (lost()) {
    done({{"refused", {"the connection to the agent at " + address_ + " was lost: " + why_lost()}}});
    return order.id;
  }
  const std::string line = to_json(order).dump(-1, ' ', false, json::error_handler_t::replace);
  if (line.size() >= longest_order) {
    --next_;
    done({{"refused", {"the order to " + kind + " is longer than 1 MiB"}}});
    return order.id;
  }
  waiting_[order.id] = std::move(done);
  channel_->say(line);
  return order.id;
}

void AgentTalk::beat() {
  if (!greeted() || lost()) return;
  if (beats_.size() > kMostBeats) beats_.erase(beats_.begin());
  beats_[++next_beat_] = system_clock().now();
  channel_->say(json{{"beat", next_beat_}}.dump());
}

void AgentTalk::hang_up(const std::string& why) {
  if (closing_.empty()) closing_ = why;
  channel_->close(why);
}

AgentVisit::AgentVisit(const std::string& address, const std::string& exercise, double patience) : address_(address), talk_(address, exercise, {}) {
  const Moment since = system_clock().now();
  const auto left = [&] { return patience - system_clock().now().since(since); };
  wait([this] { return talk_.greeted(); }, left(), "it does not answer");
  for (int i = 0; i < kExchanges; ++i) {
    talk_.beat();
    wait([this] { return !talk_.awaits_beat(); }, left(), "it does not answer");
  }
}

json AgentVisit::ask(const std::string& kind, json body, double patience) {
  std::optional<json> answer;
  talk_.order(kind, std::move(body), patience, [&](const json& is) { answer = is; });
  wait([&] { return answer.has_value(); }, patience, "it did not answer in time");
  if (!answer->contains("refused")) return *answer;
  std::vector<std::string> reasons;
  for (const json& reason : answer->at("refused")) reasons.push_back("agent " + address_ + ": " + reason.get<std::string>());
  throw Refused(reasons);
}

void AgentVisit::wait(const std::function<bool()>& enough, double seconds, const char* what) {
  const Moment since = system_clock().now();
  while (!enough()) {
    if (talk_.lost()) throw Refused({"agent " + address_ + ": " + talk_.why_lost()});
    const double left = seconds - system_clock().now().since(since);
    if (left <= 0) throw Refused({"agent " + address_ + ": " + what});
    if (!talk_.awaits_beat() && talk_.silence() > kPulse) talk_.beat();  // who says nothing for long is hung up on
    SecureChannel& channel = talk_.channel();
    pollfd news{channel.descriptor(), static_cast<short>(POLLIN | (channel.wants_to_write() ? POLLOUT : 0)), 0};
    ::poll(&news, 1, channel.wants_another_turn() ? 0 : static_cast<int>(std::min(left, 0.2) * 1000) + 1);
    talk_.turn();
  }
}

}  // namespace muster
