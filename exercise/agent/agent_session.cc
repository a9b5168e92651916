#include "exercise/agent/agent_session.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <stdexcept>

#include "exercise/agent/looking_here.h"
#include "exercise/agent/order_values.h"
#include "exercise/canary.h"
#include "exercise/clock.h"
#include "exercise/footprint.h"
#include "exercise/guard.h"
#include "exercise/refused.h"

namespace muster {
namespace {

using nlohmann::json;
using Way = OrderGate::Judged::Way;

constexpr double kProof = 10;       // seconds to prove oneself
constexpr double kIdle = 30;        // without a word, while nothing is at work
constexpr double kSilence = 3;      // likewise, while something is: everything is put back
constexpr double kLine = 10;        // for the rest of a line
constexpr double kLookPatience = 60, kFootprintPatience = 30, kReadPatience = 35;
constexpr double kBeats = 20;       // a second
constexpr std::size_t kCommands = 32, kErrands = 4, kProbes = 200, kGuests = 32;

std::string text_of(const json& line) { return line.dump(-1, ' ', false, json::error_handler_t::replace); }

// Stretches of numbers, as much as an answer may be.
json stretches_of(const std::set<std::uint64_t>& numbers) {
  constexpr std::size_t most = 200'000;
  json out = json::array();
  for (const std::uint64_t number : numbers) {
    if (!out.empty() && out.back()[1].get<std::uint64_t>() + 1 == number) out.back()[1] = number;
    else out.push_back({number, number});
    if (out.size() > most) throw std::runtime_error("the numbers that survived have more gaps than can be told");
  }
  return out;
}

// A canary looks at no more than probes do, and what it runs is a command of the plan.
Canary allowed_canary(const Guest& guest, const json& body) {
  if (!guest.target()) throw Refused({"this host was not looked at"});
  const Canary canary = canary_from_json(body.at("canary"));
  if (canary.kind == Canary::Kind::command && !guest.may_run()) throw Refused({"commands of a canary were not asked for when this host was looked at"});
  return canary;
}

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

struct AgentSession::Running {
  std::unique_ptr<RunningCommand> command;
  bool over = false;
};

std::shared_ptr<Guest> AgentHost::guest(const std::string& exercise, const std::string& owner) {
  if (const auto found = guests.find(exercise); found != guests.end()) {
    if (found->second->owner() != owner) throw Refused({"the exercise " + exercise + " is another runner's"});
    return found->second;
  }
  for (auto it = guests.begin(); guests.size() >= kGuests && it != guests.end();)
    it = !it->second->armed() && it->second.use_count() == 1 ? guests.erase(it) : std::next(it);
  if (guests.size() >= kGuests) throw Refused({"too many exercises are under way here"});
  return guests[exercise] = std::make_shared<Guest>(io, exercise, owner);
}

AgentSession::AgentSession(AgentHost& host, Descriptor socket, std::string peer, std::string address)
    : host_(host), channel_(host.tls, std::move(socket), longest_order), peer_(std::move(peer)), address_(std::move(address)) {}

AgentSession::~AgentSession() = default;

void AgentSession::begin() {
  watch_ = std::make_unique<ChannelWatch>(host_.io, channel_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->news();
  });
}

void AgentSession::news() {
  if (over_) return;
  if (channel_.state() == SecureChannel::State::open && !gate_) greet();
  for (const std::string& line : channel_.take_lines()) {
    if (over_ || !gate_) return;
    take(line);
  }
  if (!over_ && channel_.overlong()) {
    host_.log.refusal(peer_, "an order longer than 1 MiB");
    return end("an order longer than 1 MiB");
  }
  if (!over_ && channel_.state() == SecureChannel::State::closed) {
    if (!gate_) host_.log.refusal(peer_, channel_.why());
    let_go("the connection to the runner was lost: " + channel_.why());
  }
}

// The first to speak: whoever is not listed learns it.
void AgentSession::greet() {
  const auto& listed = host_.settings.runners;
  if (std::find(listed.begin(), listed.end(), channel_.fingerprint()) == listed.end()) {
    const std::string why = "the certificate " + channel_.peer() + " (" + channel_.fingerprint() + ") is not listed under runners in " + host_.settings.file;
    host_.log.refusal(peer_, why);
    return end(why);
  }
  const std::string session = drawn_session();
  gate_.emplace(session);
  channel_.say(text_of({{"agent", {{"protocol", agent_protocol}, {"session", session}, {"host", host_name()}, {"program", host_.program}, {"boot", boot_id()}}}}));
  silence_ = 0;
  watch_->look();
}

void AgentSession::take(const std::string& line) {
  silence_ = 0;
  if (line.starts_with("{\"beat\"")) {
    const json beat = json::parse(line, nullptr, false);
    if (beat.is_object()) return take_beat(beat);
  }
  AgentOrder order;
  try {
    order = order_from(line);
  } catch (const std::invalid_argument& wrong) {
    host_.log.refusal(peer_, wrong.what());
    return end(wrong.what());
  }
  obey(order);
}

void AgentSession::take_beat(const json& beat) {
  const Moment now = system_clock().now();
  if (++beats_ > 2 * kBeats || !beat.at("beat").is_number()) {
    host_.log.refusal(peer_, "more than 20 beats a second, or no beats");
    return end("more than 20 beats a second, or no beats");
  }
  channel_.say(text_of({{"beat", beat.at("beat")}, {"at", moment_to_json(now)}}));
  watch_->look();
}

void AgentSession::obey(const AgentOrder& order) {
  const OrderGate::Judged judged = gate_->judge(order, system_clock().now());
  switch (judged.way) {
    case Way::repeated:
      if (judged.answer.empty()) return;
      channel_.say(judged.answer);
      return watch_->look();
    case Way::refused:
      host_.log.refusal(peer_, judged.why);
      return refuse(order.id, {judged.why});
    case Way::hang_up:
      host_.log.refusal(peer_, judged.why);
      return end(judged.why);
    case Way::fresh:
      break;
  }
  try {
    perform(order);
  } catch (const Refused& refused) {
    for (const std::string& reason : refused.reasons()) host_.log.refusal(peer_, order.exercise + ": " + reason);
    refuse(order.id, refused.reasons());
  } catch (const std::exception& wrong) {  // of what came with it
    host_.log.refusal(peer_, order.exercise + ": " + order.kind + ": " + wrong.what());
    refuse(order.id, {std::string("the order to ") + order.kind + " cannot be read: " + wrong.what()});
  }
}

void AgentSession::perform(const AgentOrder& order) {
  if (order.kind == "status") return answer(order.id, status());
  if (order.kind == "account") return answer(order.id, account_of(order.exercise, channel_.fingerprint(), order.body.at("from").get<std::size_t>()));
  if (order.kind == "look") return look(order);
  if (order.kind == "footprint") return footprint(order);
  if (order.kind == "arm") return arm(order);
  if (order.kind == "begin") return begin_fault(order);
  if (order.kind == "end-all") return end_all(order);
  if (order.kind == "run") return run(order);
  if (order.kind == "end-run") return end_run(order);
  if (order.kind == "probe") return probe(order);
  if (order.kind == "canary") return write_canary(order);
  if (order.kind == "end-canary") return end_canary(order);
  if (order.kind == "read-canary") return read_canary(order);
  throw Refused({"there is no order to " + order.kind.substr(0, 40)});
}

void AgentSession::answer(const std::string& id, const json& is) {
  if (is.contains("refused")) return refuse(id, is.at("refused").get<std::vector<std::string>>());
  reply(id, {{"answer", id}, {"is", is}});
}

void AgentSession::refuse(const std::string& id, const std::vector<std::string>& reasons) { reply(id, {{"answer", id}, {"refused", reasons}}); }

void AgentSession::reply(const std::string& id, const json& line) {
  const std::string text = text_of(line);
  if (gate_) gate_->answered(id, text);
  if (over_) return;
  channel_.say(text);
  watch_->look();
}

// One session, one exercise.
Guest& AgentSession::guest_of(const AgentOrder& order) {
  if (guest_ && guest_->id() != order.exercise) throw Refused({"this connection is for exercise " + guest_->id()});
  if (!guest_) guest_ = host_.guest(order.exercise, channel_.fingerprint());
  return *guest_;
}

void AgentSession::look(const AgentOrder& order) {
  Guest& guest = guest_of(order);
  if (guest.armed() || guest.over()) throw Refused({"the exercise has begun here, and cannot be looked at anew"});
  if (errands_.size() >= kErrands) throw Refused({"too much is being looked at here"});
  const Visited visited{order.exercise, guest.run_folder(), host_.settings.netns, address_ + ":" + std::to_string(host_.port), ::getpid()};
  const auto done = [this, weak = weak_from_this(), order](const json& looked) {
    const auto self = weak.lock();
    if (!self || over_) return;
    json is = looked;
    try {
      if (!looked.contains("refused")) guest_->take_looked(looked, host_.target(order.body.at("target")), order.body.at("limit"), order.body.at("commands"));
    } catch (const Refused& refused) {
      is = {{"refused", refused.reasons()}};
    }
    if (is.contains("refused"))
      for (const json& reason : is.at("refused")) host_.log.refusal(peer_, order.exercise + ": " + reason.get<std::string>());
    answer(order.id, is);
    boost::asio::post(host_.io, [weak, id = order.id] {
      if (const auto again = weak.lock()) again->errands_.erase(id);
    });
  };
  errands_[order.id] = std::make_unique<ErrandWatch>(host_.io, kLookPatience, [&] { return look_here(order.body, visited); }, done);
}

void AgentSession::footprint(const AgentOrder& order) {
  if (errands_.size() >= kErrands) throw Refused({"too much is being looked at here"});
  const auto work = [target = host_.target("here")] { return json{{"things", take_footprint({target}).things}}; };
  errands_[order.id] = std::make_unique<ErrandWatch>(host_.io, kFootprintPatience, work, [this, weak = weak_from_this(), id = order.id](const json& is) {
    const auto self = weak.lock();
    if (!self || over_) return;
    answer(id, is);
    boost::asio::post(host_.io, [weak, id] {
      if (const auto again = weak.lock()) again->errands_.erase(id);
    });
  });
}

void AgentSession::arm(const AgentOrder& order) {
  guest_of(order).arm([weak = weak_from_this()](std::size_t number, const std::string& line) {
    const auto self = weak.lock();
    if (!self || self->over_) return;
    self->channel_.say(text_of({{"happened", line}, {"number", number}}));
    self->watch_->look();
  });
  host_.log.add(peer_ + ": exercise " + order.exercise + " takes this host, by " + channel_.peer());
  answer(order.id, json::object());
}

void AgentSession::begin_fault(const AgentOrder& order) {
  std::optional<double> lasts;
  std::optional<CommandSettings> fence;
  const json& body = order.body;
  if (!body.at("lasts").is_null()) lasts = body.at("lasts").get<double>();
  if (!body.at("fence").is_null()) fence = command_from_json(body.at("fence"));
  if (fence) fence->folder = "/";
  if (fence) fence->netns = host_.settings.netns;
  const std::string fault = body.at("fault");
  host_.log.add(peer_ + ": exercise " + order.exercise + " begins the fault " + fault);
  guest_of(order).begin(fault, lasts, fence, [weak = weak_from_this(), id = order.id](const std::string& why) {
    if (const auto self = weak.lock(); self && !self->over_) self->answer(id, {{"why", why}});
  });
}

void AgentSession::end_all(const AgentOrder& order) {
  const std::string why = order.body.at("why");
  host_.log.add(peer_ + ": exercise " + order.exercise + " ends: " + why);
  guest_of(order).end_all(why, [weak = weak_from_this(), id = order.id](const std::vector<std::string>& remains) {
    if (const auto self = weak.lock(); self && !self->over_) self->answer(id, {{"remains", remains}});
  });
}

void AgentSession::run(const AgentOrder& order) {
  Guest& guest = guest_of(order);
  if (!guest.may_run()) throw Refused({"commands of the plan were not asked for when this host was looked at"});
  if (commands_.size() >= kCommands) throw Refused({"too many commands are under way here"});
  if (const auto halt = halt_set()) throw Refused({"exercises are halted here: " + halt->why});
  CommandSettings settings = command_from_json(order.body);
  settings.folder = "/";
  settings.netns = host_.settings.netns;
  host_.log.add(peer_ + ": exercise " + order.exercise + " runs " + settings.argv.front());
  const auto running = std::make_shared<Running>();
  commands_[order.id] = running;
  running->command = std::make_unique<RunningCommand>(host_.io, settings, [weak = weak_from_this(), running_weak = std::weak_ptr<Running>(running), id = order.id](const CommandResult& result) {
    if (const auto one = running_weak.lock()) one->over = true;
    const auto self = weak.lock();
    if (!self || self->over_) return;
    self->answer(id, result_to_json(result));
    boost::asio::post(self->host_.io, [weak, id] {
      if (const auto again = weak.lock()) again->commands_.erase(id);
    });
  });
}

void AgentSession::end_run(const AgentOrder& order) {
  const auto found = commands_.find(order.body.at("of").get<std::string>());
  if (found != commands_.end() && !found->second->over) found->second->command->end();
  answer(order.id, json::object());
}

void AgentSession::probe(const AgentOrder& order) {
  Guest& guest = guest_of(order);
  if (!guest.target()) throw Refused({"this host was not looked at"});
  if (probing_) throw Refused({"probes look from here already"});
  std::vector<Probe> probes;
  for (const json& each : order.body.at("probes")) probes.push_back(probe_from_json(each));
  if (probes.size() > kProbes) throw Refused({"more than 200 probes"});
  const bool commands = std::any_of(probes.begin(), probes.end(), [](const Probe& probe) { return std::holds_alternative<CommandProbe>(probe.check); });
  if (commands && !guest.may_run()) throw Refused({"command probes were not asked for when this host was looked at"});
  probing_ = std::make_unique<Probing>(
      host_.io, probes, [netns = host_.settings.netns](const Where&) { return netns; },
      [weak = weak_from_this()](const Probe& one, const Sample& sample) {
        const auto self = weak.lock();
        if (!self || self->over_) return;
        self->channel_.say(text_of({{"sample", sample_to_json(sample)}, {"of", one.name}}));
        self->watch_->look();
      },
      "/");
  answer(order.id, json::object());
}

void AgentSession::write_canary(const AgentOrder& order) {
  if (canary_) throw Refused({"a canary writes from here already"});
  const Canary canary = allowed_canary(guest_of(order), order.body);
  if (const auto halt = halt_set()) throw Refused({"exercises are halted here: " + halt->why});
  host_.log.add(peer_ + ": exercise " + order.exercise + " writes a canary");
  canary_ = std::make_unique<CanaryWork>(host_.io, canary, host_.settings.netns, order.exercise, [this, weak = weak_from_this()](const std::string& lines) {
    const auto self = weak.lock();
    if (!self || over_) return;
    channel_.say(text_of({{"canary", lines}}));
    watch_->look();
  });
  answer(order.id, json::object());
}

void AgentSession::end_canary(const AgentOrder& order) {
  if (!canary_) throw Refused({"no canary writes from here"});
  canary_->end([weak = weak_from_this(), id = order.id](std::size_t told) {
    if (const auto self = weak.lock(); self && !self->over_) self->answer(id, {{"told", told}});
  });
}

void AgentSession::read_canary(const AgentOrder& order) {
  const Canary canary = allowed_canary(guest_of(order), order.body);
  const auto newest = order.body.at("newest").get<std::uint64_t>();
  if (errands_.size() >= kErrands) throw Refused({"too much is being looked at here"});
  host_.log.add(peer_ + ": exercise " + order.exercise + " reads a canary");
  const auto work = [&] { return json{{"survived", stretches_of(read_survivors(canary, host_.settings.netns, order.exercise, newest, "/"))}}; };
  errands_[order.id] = std::make_unique<ErrandWatch>(host_.io, kReadPatience, work, [this, weak = weak_from_this(), id = order.id](const json& is) {
    const auto self = weak.lock();
    if (!self || over_) return;
    answer(id, is);
    boost::asio::post(host_.io, [weak, id] {
      if (const auto again = weak.lock()) again->errands_.erase(id);
    });
  });
}

json AgentSession::status() const {
  json exercises = json::array();
  for (const auto& [id, guest] : host_.guests)
    if (guest->armed()) exercises.push_back({{"exercise", id}, {"in-effect", guest->in_effect()}});
  json opted;
  try {
    const OptIn opt = read_opt_in(host_.target("here"));
    opted = {{"environment", opt.environment}, {"allows", opt.allows}, {"management", opt.management}};
  } catch (const Refused& refused) {
    opted = {{"refused", refused.reasons()}};
  }
  const auto halt = halt_set();
  return {{"exercises", exercises}, {"opt-in", opted}, {"halted", halt ? json(halt->why) : json()}};
}

bool AgentSession::at_work() const { return (guest_ && guest_->armed()) || !commands_.empty() || probing_ || canary_; }

void AgentSession::turn(double passed) {
  if (over_) return;
  age_ += passed;
  silence_ += passed;
  beats_ = std::max(0.0, beats_ - kBeats * passed);
  std::string why;
  if (!gate_ && age_ > kProof) why = "it did not prove itself within 10 s";
  else if (gate_ && at_work() && silence_ > kSilence) why = "the runner fell silent";
  else if (gate_ && silence_ > (channel_.amid_a_line() ? kLine : kIdle)) why = channel_.amid_a_line() ? "a line took longer than 10 s" : "nothing was said for 30 s";
  else if (gate_ && std::find(host_.settings.runners.begin(), host_.settings.runners.end(), channel_.fingerprint()) == host_.settings.runners.end())
    why = "the certificate " + channel_.fingerprint() + " is not listed any more";
  if (why.empty()) return;
  host_.log.refusal(peer_, why);
  end(why);
}

void AgentSession::end(const std::string& why) {
  if (over_) return;
  channel_.say_last(text_of({{"closing", why}}), why);
  watch_->look();
  let_go(why);
}

// Nothing goes on for whom nobody speaks.
void AgentSession::let_go(const std::string& why) {
  if (std::exchange(over_, true)) return;
  errands_.clear();
  canary_.reset();
  boost::asio::post(host_.io, [probing = std::shared_ptr<Probing>(std::move(probing_))] {});
  for (auto& [id, running] : commands_) {
    if (running->over) continue;
    running->command->end();
    host_.leaving.push_back(running);
  }
  std::erase_if(host_.leaving, [](const auto& one) { return std::static_pointer_cast<Running>(one)->over; });
  if (!guest_) return;
  guest_->stop_telling();
  if (guest_->armed() && !guest_->over()) {
    host_.log.add(peer_ + ": exercise " + guest_->id() + " is put back: " + why);
    guest_->end_all(why, [&log = host_.log, id = guest_->id()](const std::vector<std::string>& remains) {
      log.add("exercise " + id + (remains.empty() ? ": all is put back" : ": this remains: " + remains.front()));
    });
  }
  guest_.reset();
}

std::string AgentSession::told() const { return peer_ + (channel_.peer().empty() ? "" : " (" + channel_.peer() + ")") + (guest_ ? ", exercise " + guest_->id() : ""); }

}  // namespace muster
