#include "exercise/agent/agent_link.h"

#include <poll.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <cstring>
#include <map>
#include <sstream>
#include <nlohmann/json.hpp>

#include "exercise/agent/agent_visit.h"
#include "exercise/agent/channel_watch.h"
#include "exercise/agent/order_values.h"
#include "exercise/clock.h"
#include "exercise/prober.h"
#include "exercise/refused.h"

namespace muster {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

constexpr auto kBeat = std::chrono::milliseconds(500);
constexpr double kSilence = 5, kConnect = 6, kOrder = 10;
constexpr int kExchanges = 8;
constexpr double kMeetAgain = 90;            // seconds: leases, hooks that take their time, an agent that starts anew
constexpr auto kPause = std::chrono::milliseconds(500);
constexpr double kSamplePatience = 2;        // beyond a probe's timeout

// Reasons as one sentence.
std::string sentence(const json& refused) {
  std::string out;
  for (const json& reason : refused) out += (out.empty() ? "" : "; ") + reason.get<std::string>();
  return out;
}

}  // namespace

struct AgentLink::State : std::enable_shared_from_this<State> {
  State(asio::io_context& loop, const Target& where, const std::string& id) : io(loop), target(where), exercise(id), pulse(loop), pause(loop) {}

  std::string who() const { return "the agent of " + target.name + " (" + target.agent + ")"; }

  AgentTalk::Ports ports_of_talk() {
    return {[this](const std::string& line, std::size_t number) { happened(line, number); },
            [this](const std::string& name, const json& sample) { sampled(name, sample); },
            [this](const std::string& lines) { canary_told(lines); }};
  }

  // ---- waiting, before there is a loop to wait in

  void connect() {
    talk = std::make_unique<AgentTalk>(target.agent, exercise, ports_of_talk());
    wait([this] { return talk->greeted(); }, kConnect);
    for (int i = 0; i < kExchanges; ++i) {
      talk->beat();
      wait([this] { return !talk->awaits_beat(); }, kConnect);
    }
    watch();
    beat();
  }

  void wait(const std::function<bool()>& enough, double seconds) {
    const Moment since = system_clock().now();
    while (!enough()) {
      if (talk->lost()) throw Refused({who() + ": " + talk->why_lost()});
      if (system_clock().now().since(since) > seconds) throw Refused({who() + " does not answer"});
      SecureChannel& channel = talk->channel();
      pollfd news{channel.descriptor(), static_cast<short>(POLLIN | (channel.wants_to_write() ? POLLOUT : 0)), 0};
      ::poll(&news, 1, channel.wants_another_turn() ? 0 : 50);
      talk->turn();
    }
  }

  json ask(const std::string& kind, json body, double patience) {
    std::optional<json> answer;
    talk->order(kind, std::move(body), patience, [&](const json& is) { answer = is; });
    wait([&] { return answer.has_value(); }, patience);
    if (!answer->contains("refused")) return *answer;
    std::vector<std::string> reasons;
    for (const json& reason : answer->at("refused")) reasons.push_back(who() + ": " + reason.get<std::string>());
    throw Refused(reasons);
  }

  // ---- while it stands

  void watch() {
    channel_watch = std::make_unique<ChannelWatch>(io, talk->channel(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->news();
    });
  }

  void news() {
    if (!talk || gone) return;
    talk->turn();
    if (talk && talk->lost() && !meeting) lose(talk->why_lost());
  }

  void beat() {
    pulse.expires_after(kBeat);
    pulse.async_wait([weak = weak_from_this()](auto error) {
      const auto self = weak.lock();
      if (error || !self || self->gone || self->is_lost) return;
      self->news();  // what waited while we were held up
      if (self->is_lost) return;
      if (self->talk->silence() > kSilence) {
        self->talk->hang_up("it was silent for 5 s");
        return self->lose("it was silent for 5 s");
      }
      self->talk->beat();
      self->channel_watch->look();
      self->fill_in();
      self->beat();
    });
  }

  void lose(const std::string& why) {
    if (std::exchange(is_lost, true)) return;
    lost_since = system_clock().now();
    why_lost = why;
    asio::post(io, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->gone) return;
      self->tell({system_clock().now(), Noted{"agent", self->who() + " was lost: " + self->why_lost + "; what is in effect there is put back by its keeper", "runner"}});
      if (self->ports.lost) self->ports.lost();
    });
    keep_filling_in();
    talk->turn();  // whoever waits for an answer learns it
    if (on_end) meet_again();
  }

  void tell(const Happening& happening) {
    if (ports.happened) ports.happened(happening);
  }

  void happened(const std::string& line, std::size_t number) {
    if (number <= heard) return;
    heard = number;
    Happening happening = happening_from_json(line);
    happening.at = ours(happening.at);
    if (const auto* change = std::get_if<FaultChanged>(&happening.what)) {
      open.erase(change->fault);
      if (change->change != FaultChange::undone) open[change->fault] = change->change;
    }
    const auto* noted = std::get_if<Noted>(&happening.what);
    const bool keeper_died = noted && noted->kind == "keeper";
    tell(happening);
    if (keeper_died && !is_lost) keeper_lost = true;
  }

  // Of another boot, only the wall clocks have anything in common.
  Moment ours(const Moment& theirs) const {
    if (talk->greeting().boot == account_boot || account_boot.empty()) return talk->clock().ours(theirs);
    const Moment now = system_clock().now();
    return {now.boot - (now.wall - theirs.wall), theirs.wall};
  }

  // ---- probes

  struct Probed {
    Probe probe;
    Schedule next;  // the first instant of which nothing was told
  };

  void sampled(const std::string& name, const json& word) {
    const auto found = std::find_if(probed.begin(), probed.end(), [&](const Probed& one) { return one.probe.name == name; });
    if (found == probed.end() || !on_sample) return;
    Sample sample = sample_from_json(word);
    for (Moment* at : {&sample.due, &sample.began, &sample.ended}) *at = talk->clock().ours(*at);
    if (sample.due.boot + static_cast<std::int64_t>(talk->clock().error() * 2e9) + 1'000'000 < found->next.due().boot) return;  // it was unknown already
    found->next.pass(sample.due);
    on_sample(found->probe, sample);
  }

  // What nobody told is unknown.
  void fill_in() {
    const Moment now = system_clock().now();
    for (Probed& one : probed) {
      Moment until = now;
      until.boot -= static_cast<std::int64_t>((one.probe.timeout + kSamplePatience) * 1e9);
      if (!on_sample || one.next.due().boot > until.boot) continue;
      const Moment due = one.next.due();
      one.next.pass(until);
      on_sample(one.probe, {due, due, now, Sample::Verdict::unknown, is_lost ? who() + " was lost" : "the agent tells nothing of it"});
    }
  }

  void keep_filling_in() {
    pulse.expires_after(kBeat);
    pulse.async_wait([weak = weak_from_this()](auto error) {
      const auto self = weak.lock();
      if (error || !self || self->gone) return;
      self->fill_in();
      self->keep_filling_in();
    });
  }

  // ---- the canary

  struct Canaried {
    std::function<bool(const std::string&)> wrote;
    std::string hindrance = "no answer";
    std::size_t heard = 0;
    bool first = false, kept = true;
  };

  void canary_told(const std::string& lines) {
    if (!canaried.wrote) return;
    canaried.heard += static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
    std::string out;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with('+')) canaried.first = true;
      else if (line.starts_with('-')) canaried.hindrance = line.substr(1);
      else out += canary_line(line);
    }
    if (canaried.kept && !out.empty()) canaried.kept = canaried.wrote(out);  // what is torn stays the last
  }

  std::string canary_line(const std::string& line) const {
    std::istringstream words(line);
    char kind = ' ';
    std::uint64_t number = 0;
    Moment at;
    if (!(words >> kind >> number >> at.boot >> at.wall) || !std::strchr("sar", kind)) throw std::invalid_argument("not a canary's line");
    at = talk->clock().ours(at);
    return std::string(1, kind) + " " + std::to_string(number) + " " + std::to_string(at.boot) + " " + std::to_string(at.wall) + " " +
           std::to_string(static_cast<std::int64_t>(talk->clock().error_at(at) * 1e9)) + "\n";
  }

  // ---- the end

  void end_all(const std::string& why) {
    if (is_lost) return meet_again();
    talk->order("end-all", {{"why", why}}, kOrder, [weak = weak_from_this()](const json& is) {
      const auto self = weak.lock();
      if (!self || self->gone) return;
      if (is.contains("remains")) return self->ended(is.at("remains").get<std::vector<std::string>>());
      if (!self->is_lost && !self->talk->lost()) self->ended({"what is in effect on " + self->target.name + ": its agent does not end it: " + sentence(is.at("refused"))});
    });  // one that was lost meanwhile is met again
    channel_watch->look();
  }

  void ended(const std::vector<std::string>& left) {
    pause.cancel();
    over = true;
    remains = left;
    if (on_end) asio::post(io, [done = std::exchange(on_end, nullptr), left] { done(left); });
  }

  void meet_again() {
    if (meeting || over) return;
    meeting = true;
    rest(std::chrono::milliseconds(1), [](State& self) { self.try_to_meet(); });  // whoever calls may be in the talk that is to be replaced
  }

  void rest(std::chrono::milliseconds time, void (*then)(State&)) {
    pause.expires_after(time);
    pause.async_wait([weak = weak_from_this(), then](auto error) {
      const auto self = weak.lock();
      if (!error && self && !self->gone && !self->over) then(*self);
    });
  }

  void try_to_meet() {
    channel_watch.reset();
    try {
      asked = false;
      exchanges = 0;
      tried_since = system_clock().now();
      talk = std::make_unique<AgentTalk>(target.agent, exercise, ports_of_talk());
      watch();
    } catch (const Refused& refused) {
      trouble = refused.what();
    }
    wait_to_meet();
  }

  void wait_to_meet() {
    rest(std::chrono::milliseconds(50), [](State& self) { self.look_whether_met(); });
  }

  void look_whether_met() {
    if (system_clock().now().since(lost_since) > kMeetAgain) return ended(not_known("cannot be reached (" + trouble + ")"));
    if (!talk || !channel_watch || talk->lost() || system_clock().now().since(tried_since) > kSilence + 1) {
      if (talk && talk->lost()) trouble = talk->why_lost();
      else if (talk && channel_watch) trouble = "it does not answer";
      return rest(kPause, [](State& self) { self.try_to_meet(); });
    }
    if (talk->greeted() && exchanges < kExchanges && !talk->awaits_beat()) {
      ++exchanges;
      talk->beat();
    } else if (talk->greeted() && exchanges == kExchanges && !talk->awaits_beat() && !asked) {
      asked = true;
      tried_since = system_clock().now();
      talk->order("account", {{"from", heard}}, kOrder, [weak = weak_from_this()](const json& is) {
        const auto self = weak.lock();
        if (self && !self->gone) self->take_account(is);
      });
    }
    channel_watch->look();
    wait_to_meet();
  }

  void take_account(const json& is) {
    if (is.contains("refused")) {
      trouble = sentence(is.at("refused"));
      return;
    }
    if (!is.at("known").get<bool>()) return ended(not_known("knows nothing of this exercise any more"));
    account_boot = is.at("boot").get<std::string>();
    for (const json& line : is.at("happened")) happened(line.get<std::string>(), heard + 1);
    if (!is.at("over").get<bool>()) {
      asked = false;
      tried_since = system_clock().now();
      return;
    }
    const std::vector<std::string> left = is.at("remains").get<std::vector<std::string>>();
    char text[64];
    std::snprintf(text, sizeof text, "%.1f s", system_clock().now().since(lost_since));
    tell({system_clock().now(), Noted{"agent", who() + " was met again after " + text + (left.empty() ? ": it had put back all that was in effect there" : ": it could not put back everything"), "runner"}});
    ended(left);
  }

  std::vector<std::string> not_known(const std::string& why) const {
    std::vector<std::string> out;
    for (const auto& [fault, state] : open)
      out.push_back("fault " + fault + " on " + target.name + ": " + who() + " " + why + "; its own keeper puts it back, which is not verified; ask again: muster exercise recover");
    return out;
  }

  asio::io_context& io;
  const Target target;
  const std::string exercise;
  Ports ports;
  std::unique_ptr<AgentTalk> talk;
  std::unique_ptr<ChannelWatch> channel_watch;
  asio::steady_timer pulse, pause;
  std::vector<Probed> probed;
  Probing::OnSample on_sample;
  Canaried canaried;
  std::map<std::string, FaultChange> open;  // begun, and not known to be undone
  std::function<void(std::vector<std::string>)> on_end;
  std::vector<std::string> remains;
  std::string why_lost, trouble = "no answer", account_boot;
  Moment lost_since, tried_since;
  std::size_t heard = 0;
  int exchanges = 0;
  bool is_lost = false, keeper_lost = false, gone = false, meeting = false, asked = false, over = false;
};

AgentLink::AgentLink(asio::io_context& io, const Target& target, const std::string& exercise) : state_(std::make_shared<State>(io, target, exercise)) { state_->connect(); }

AgentLink::~AgentLink() {
  State& s = *state_;
  s.gone = true;
  s.pulse.cancel();
  s.pause.cancel();
  s.channel_watch.reset();
  if (s.talk) s.talk->hang_up("the run has ended");
}

void AgentLink::listen(Ports ports) { state_->ports = std::move(ports); }
const Target& AgentLink::target() const { return state_->target; }
bool AgentLink::lost() const { return state_->is_lost || state_->keeper_lost; }

std::string AgentLink::why_lost() const {
  return state_->is_lost ? state_->who() + " was lost (" + state_->why_lost + "); what was in effect there is put back by its keeper"
                         : "the keeper of " + state_->who() + " died, and what was in effect was undone without it";
}

double AgentLink::clock_error() const { return state_->talk && state_->talk->clock().known() ? state_->talk->clock().error() : 0; }

std::string AgentLink::clock_text() const {
  const State& s = *state_;
  const ClockOffset& clock = s.talk->clock();
  char text[120];
  std::snprintf(text, sizeof text, "its boot clock is %.6f s %s ours, to within %.3f ms", std::abs(clock.offset()), clock.offset() < 0 ? "behind" : "ahead of", clock.error() * 1000);
  return s.who() + " (" + s.talk->greeting().host + ", " + s.talk->greeting().program + "): " + text + "; its instants are told on ours";
}

void AgentLink::arm() { state_->ask("arm", json::object(), kOrder); }

void AgentLink::probe(const std::vector<Probe>& probes, Probing::OnSample on_sample) {
  State& s = *state_;
  json all = json::array();
  for (const Probe& probe : probes) all.push_back(probe_to_json(probe));
  const Moment now = system_clock().now();
  for (const Probe& probe : probes) s.probed.push_back({probe, Schedule(now, probe.every)});
  s.ask("probe", {{"probes", all}}, kOrder);
  s.on_sample = std::move(on_sample);
}

void AgentLink::begin(const Effect& effect, std::optional<double> lasts, const std::optional<CommandSettings>& fence, std::function<void(std::string)> done) {
  State& s = *state_;
  if (lost() || s.on_end || s.over) return asio::post(s.io, [done = std::move(done), why = lost() ? why_lost() : "all effects are ending"] { done(why); });
  s.open[effect.fault] = FaultChange::intended;
  const json body{{"fault", effect.fault}, {"lasts", lasts ? json(*lasts) : json()}, {"fence", fence ? command_to_json(*fence) : json()}};
  s.talk->order("begin", body, kOrder, [done = std::move(done), weak = std::weak_ptr<State>(state_), fault = effect.fault](const json& is) {
    const auto self = weak.lock();
    if (!self || self->gone) return;
    if (is.contains("refused") && !self->talk->lost()) self->open.erase(fault);
    done(is.contains("refused") ? sentence(is.at("refused")) : is.at("why").get<std::string>());
  });
  s.channel_watch->look();
}

void AgentLink::end_all(const std::string& why, std::function<void(std::vector<std::string>)> done) {
  State& s = *state_;
  if (s.over) return asio::post(s.io, [done = std::move(done), remains = s.remains] { done(remains); });
  s.on_end = std::move(done);
  s.end_all(why);
}

std::string AgentLink::run(const CommandSettings& settings, std::function<void(const CommandResult&)> done) {
  State& s = *state_;
  const Moment since = system_clock().now();
  const std::string id = s.talk->order("run", command_to_json(settings), kOrder, [done = std::move(done), weak = std::weak_ptr<State>(state_), since](const json& is) {
    const auto self = weak.lock();
    if (!self || self->gone) return;
    CommandResult result;
    if (!is.contains("refused")) {
      result = result_from_json(is);
    } else if (self->talk->lost()) {  // the agent ends what it had begun
      result.end = CommandResult::End::ended_by_us;
      result.tail = sentence(is.at("refused"));
      result.seconds = system_clock().now().since(since);
    } else {
      result.why = sentence(is.at("refused"));
    }
    asio::post(self->io, [done, result] { done(result); });
  });
  s.channel_watch->look();
  return id;
}

void AgentLink::end_command(const std::string& order) {
  State& s = *state_;
  if (s.is_lost || s.meeting) return;
  s.talk->order("end-run", {{"of", order}}, kOrder, [](const json&) {});
  s.channel_watch->look();
}

void AgentLink::write_canary(const Canary& canary, double patience, std::function<bool(const std::string&)> wrote) {
  State& s = *state_;
  s.canaried = {std::move(wrote)};
  s.ask("canary", {{"canary", canary_to_json(canary, CanarySide::writes)}}, kOrder);
  const Moment since = system_clock().now();
  Moment beaten = since;
  const auto enough = [&] {
    if (const Moment now = system_clock().now(); now.since(beaten) > 0.5) {  // the loop, which does it else, waits too
      beaten = now;
      s.talk->beat();
    }
    return s.canaried.first || system_clock().now().since(since) > patience;
  };
  s.wait(enough, patience + 1);
  s.channel_watch->look();
  if (s.canaried.first) return;
  s.talk->order("end-canary", json::object(), kOrder, [](const json&) {});
  s.channel_watch->look();
  throw Refused({"the canary's first write was not acknowledged: " + s.who() + ": " + s.canaried.hindrance});
}

void AgentLink::end_canary(std::function<void(bool)> done) {
  State& s = *state_;
  if (s.is_lost || s.meeting) return done(false);
  s.talk->order("end-canary", json::object(), kOrder, [done = std::move(done), weak = std::weak_ptr<State>(state_)](const json& is) {
    const auto self = weak.lock();
    done(self && !self->gone && is.contains("told") && is.at("told").get<std::size_t>() == self->canaried.heard && self->canaried.kept);
  });
  s.channel_watch->look();
}

}  // namespace muster
