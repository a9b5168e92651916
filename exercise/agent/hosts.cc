#include "exercise/agent/hosts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <set>

#include "exercise/agent/agent_link.h"
#include "exercise/agent/agent_visit.h"
#include "exercise/agent/order_values.h"
#include "exercise/apart.h"
#include "exercise/canary_writing.h"
#include "exercise/clock.h"
#include "exercise/refused.h"

namespace muster {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

constexpr double kLook = 60, kFootprint = 30, kAccount = 10;
constexpr double kFirstWrite = 10, kReading = 40;
constexpr auto kLastWrites = std::chrono::seconds(12);
constexpr double kHoldUp = 1;  // seconds for which one host's undoing may hold up the next one's

bool has_agents(const Exercise& exercise) {
  return std::any_of(exercise.targets.begin(), exercise.targets.end(), [](const Target& target) { return !target.agent.empty(); });
}

bool strikes(const FaultPlan& fault, const Target& target) {
  const auto* dark = std::get_if<RegionDarkFault>(&fault.settings);
  return fault.on == target.name || (fault.on.empty() && dark && dark->region == target.region);
}

// Steps, fences, probes and a canary that run commands on that host.
bool runs_commands(const Exercise& exercise, const Target& target) {
  const auto at = [&](const Where& where) { return where.netns.empty() && where.target == target.name; };
  return std::any_of(exercise.steps.begin(), exercise.steps.end(), [&](const Binding& step) { return (step.run || step.undo) && at(step.on); }) ||
         std::any_of(exercise.probes.begin(), exercise.probes.end(), [&](const Probe& probe) { return std::holds_alternative<CommandProbe>(probe.check) && at(probe.from); }) ||
         std::any_of(exercise.faults.begin(), exercise.faults.end(), [&](const FaultPlan& fault) { return fault.before_undo && strikes(fault, target); }) ||
         (exercise.canary && exercise.canary->kind == Canary::Kind::command && (at(exercise.canary->writes_from) || at(exercise.canary->reads_from))) ||
         (exercise.afterwards && at(exercise.afterwards_on));
}

/// An agent serves staging and undoes what it did; a recovery is real, and nothing of it is undone.
std::vector<std::string> reasons_against_agents(const Exercise& exercise) {
  std::vector<std::string> reasons;
  if (exercise.kind == Exercise::Kind::incident && has_agents(exercise)) reasons.push_back("a real recovery does nothing through agents, which serve staging and undo what they did: let the step's command reach the other host by itself (ssh), or be asked for");
  return reasons;
}

std::vector<Effect> effects_there(const Target& target, const Exercise& exercise, const std::string& id, const std::vector<FaultThere>& faults, std::vector<PlannedEffect>& planned) {
  json body{{"environment", exercise.environment}, {"limit", exercise.limit}, {"target", target.name}, {"targets", json::array()}, {"faults", json::array()}, {"commands", runs_commands(exercise, target)}};
  for (const Target& each : exercise.targets) body["targets"].push_back(target_to_json(each));
  for (const FaultThere& each : faults) body["faults"].push_back({{"fault", fault_to_json(each.fault)}, {"number", each.number}});
  AgentVisit visit(target.agent, id);
  const json is = visit.ask("look", std::move(body), kLook);
  std::vector<Effect> effects;
  for (const json& each : is.at("effects")) {
    Effect effect = effect_from_json(each.at("effect"));
    effect.target = target;
    effects.push_back(effect);
    planned.push_back(planned_from_json(each.at("planned")));
    planned.back().does.push_back("on the host of the agent at " + target.agent + " (" + visit.talk().greeting().host + ")");
  }
  if (effects.size() != faults.size()) throw Refused({"agent " + target.agent + ": it did not look at all faults"});
  return effects;
}

Footprint footprint_everywhere(const std::function<Footprint(const std::vector<Target>&)>& here, const std::vector<Target>& targets, const std::string& id) {
  Footprint print = here(targets);
  std::set<std::string> asked;
  for (const Target& target : targets) {
    if (target.agent.empty() || !asked.insert(target.agent).second) continue;
    try {
      const json is = AgentVisit(target.agent, id).ask("footprint", json::object(), kFootprint);
      for (const json& thing : is.at("things")) print.things.push_back(target.name + ": " + thing.get<std::string>());
    } catch (const std::exception& error) {
      print.things.push_back(target.name + ": its host cannot be looked at: " + error.what());
    }
  }
  std::sort(print.things.begin(), print.things.end());
  return print;
}

// ---- a run's connections

/// Each agent's one connection, for whoever holds it.
class Links {
 public:
  explicit Links(std::string id) : id_(std::move(id)) {}
  std::shared_ptr<AgentLink> to(asio::io_context& io, const Target& target) {
    std::weak_ptr<AgentLink>& known = links_[target.agent];
    std::shared_ptr<AgentLink> link = known.lock();
    if (!link) known = link = std::make_shared<AgentLink>(io, target, id_);
    return link;
  }
  std::shared_ptr<AgentLink> known(const Target& target) { return links_[target.agent].lock(); }

 private:
  std::string id_;
  std::map<std::string, std::weak_ptr<AgentLink>> links_;
};

void keep_agents(const std::string& state_root, const std::string& id, const std::vector<std::shared_ptr<AgentLink>>& links) {
  json all = json::array();
  for (const auto& link : links) all.push_back(target_to_json(link->target()));
  const std::string file = state_root + "/exercises/" + id + "/agents.json";
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (out.get() < 0 || !write_all(out.get(), all.dump() + "\n") || ::fsync(out.get()) != 0) throw Refused({file + " cannot be written"});
}

/// The keepers of all hosts as one. The host whose fault began last is the first to undo.
class KeptEverywhere : public EffectOwner {
 public:
  KeptEverywhere(asio::io_context& io, std::function<void(const Happening&)> tell) : timer_(io), io_(io), tell_(std::move(tell)) {}
  ~KeptEverywhere() override {
    for (const auto& link : links_) link->listen({});
  }

  void add(std::unique_ptr<EffectOwner> here) { here_ = std::move(here); }
  void add(const std::shared_ptr<AgentLink>& link) {
    link->listen({tell_, nullptr});
    link->arm();
    links_.push_back(link);
    tell_({system_clock().now(), Noted{"clock", link->clock_text(), "runner"}});
  }
  const std::vector<std::shared_ptr<AgentLink>>& links() const { return links_; }

  void begin(const Effect& effect, std::optional<double> lasts, const std::optional<CommandSettings>& fence, std::function<void(std::string)> done) override {
    std::erase(begun_, effect.target.agent);
    begun_.push_back(effect.target.agent);
    if (effect.target.agent.empty()) return here_->begin(effect, lasts, fence, std::move(done));
    link_of(effect.target)->begin(effect, lasts, fence, std::move(done));
  }

  bool lost() const override {
    return (here_ && here_->lost()) || std::any_of(links_.begin(), links_.end(), [](const auto& link) { return link->lost(); });
  }
  std::string why_lost() const override {
    for (const auto& link : links_)
      if (link->lost()) return link->why_lost();
    return EffectOwner::why_lost();
  }
  double clock_error(const Target& target) const override { return target.agent.empty() ? 0 : link_of(target)->clock_error(); }

  void end_all(const std::string& why, std::function<void(std::vector<std::string>)> done) override {
    why_ = why;
    done_ = std::move(done);
    if (here_ && std::find(begun_.begin(), begun_.end(), "") == begun_.end()) begun_.insert(begun_.begin(), "");
    for (const auto& link : links_)
      if (std::find(begun_.begin(), begun_.end(), link->target().agent) == begun_.end()) begun_.insert(begun_.begin(), link->target().agent);
    waiting_ = begun_.size();
    if (waiting_ == 0) return asio::post(io_, [done = std::exchange(done_, nullptr)] { done({}); });
    end_next();
  }

 private:
  AgentLink* link_of(const Target& target) const {
    for (const auto& link : links_)
      if (link->target().agent == target.agent) return link.get();
    throw std::logic_error("no agent of " + target.name);
  }

  void end_next() {
    if (begun_.empty()) return;
    const std::string agent = begun_.back();
    begun_.pop_back();
    const auto ended = [this, once = std::make_shared<bool>(false)](const std::vector<std::string>& remains) {
      if (std::exchange(*once, true)) return;
      remains_.insert(remains_.end(), remains.begin(), remains.end());
      timer_.cancel();
      end_next();
      if (--waiting_ == 0) std::exchange(done_, nullptr)(remains_);
    };
    timer_.expires_after(std::chrono::milliseconds(static_cast<int>(kHoldUp * 1000)));
    timer_.async_wait([this](auto error) {
      if (!error) end_next();
    });
    if (agent.empty()) here_->end_all(why_, ended);
    else link_of({"", "", agent, "", {}})->end_all(why_, ended);
  }

  asio::steady_timer timer_;
  asio::io_context& io_;
  std::function<void(const Happening&)> tell_;
  std::unique_ptr<EffectOwner> here_;
  std::vector<std::shared_ptr<AgentLink>> links_;
  std::vector<std::string> begun_, remains_;  // agents, "" for this host; the last to begin at the end
  std::string why_;
  std::function<void(std::vector<std::string>)> done_;
  std::size_t waiting_ = 0;
};

/// A command on an agent's host.
class CommandThere : public CommandUnderWay {
 public:
  CommandThere(std::shared_ptr<AgentLink> link, const CommandSettings& settings, std::function<void(const CommandResult&)> done)
      : link_(std::move(link)), settings_(settings), done_(std::make_shared<std::function<void(const CommandResult&)>>(std::move(done))) {
    order_ = link_->run(settings_, [kept = done_, settings](CommandResult result) {
      if (!*kept) return;
      if (settings.mask) result.tail = settings.mask(result.tail);
      keep(settings, result.tail);
      std::exchange (*kept, nullptr)(result);
    });
  }
  ~CommandThere() override {
    if (*done_) link_->end_command(order_);
    *done_ = nullptr;
  }
  void end() override {
    if (*done_) link_->end_command(order_);
  }

 private:
  // Of its output the end is kept there, and that is what there is.
  static void keep(const CommandSettings& settings, const std::string& tail) {
    if (settings.output_file.empty() || !settings.keep_output) return;
    const Descriptor out(::open(settings.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (out.get() >= 0) write_all(out.get(), tail);
  }
  std::shared_ptr<AgentLink> link_;
  CommandSettings settings_;
  std::shared_ptr<std::function<void(const CommandResult&)>> done_;
  std::string order_;
};

/// Probes of all places; those on agents' hosts come by their connections.
struct ProbedEverywhere {
  std::shared_ptr<void> here;
  std::vector<std::shared_ptr<AgentLink>> links;
};

const Target* agent_of(const Exercise& exercise, const Where& where) {
  const Target* target = where.netns.empty() ? exercise.target(where.target) : nullptr;
  return target && !target->agent.empty() ? target : nullptr;
}

// ---- the canary

/// What is known of a canary that an agent writes.
struct CanaryThere {
  std::atomic<bool> writes = false, whole = false;  ///< whole: all that was acknowledged is in our log
  std::string who;
};

std::function<void()> write_there(asio::io_context& io, const std::shared_ptr<AgentLink>& link, const Canary& canary, const std::string& folder, const std::shared_ptr<CanaryThere>& there) {
  check_canary(canary);
  std::shared_ptr<CanaryLog> log;
  try {
    log = std::make_shared<CanaryLog>(folder);
  } catch (const std::system_error& error) {
    throw Refused({std::string("the canary cannot write: ") + error.what()});
  }
  ::fcntl(log->lines(), F_SETFL, O_NONBLOCK);  // a full disk is not to hold up the loop
  there->who = "the agent of " + link->target().name + " (" + link->target().agent + ")";
  there->writes = true;
  link->write_canary(canary, kFirstWrite, [log](const std::string& lines) { return write_all(log->lines(), lines); });
  return [&io, link, log, there]() mutable {
    const auto answer = std::make_shared<std::promise<bool>>();
    const auto end = [answer, weak = std::weak_ptr<AgentLink>(link)] {
      const auto one = weak.lock();
      if (one) one->end_canary([answer](bool whole) { answer->set_value(whole); });
    };
    if (io.get_executor().running_in_this_thread()) {  // nobody reads it any more
      end();
    } else {
      std::future<bool> answered = answer->get_future();
      asio::post(io, end);
      there->whole = answered.wait_for(kLastWrites) == std::future_status::ready && answered.get();
      asio::post(io, [last = std::move(link)] {});  // it ends in the loop's thread
    }
    log->end();
  };
}

std::set<std::uint64_t> survivors_there(const Target& target, const Canary& canary, const std::string& id, std::uint64_t newest) try {
  const json is = AgentVisit(target.agent, id).ask("read-canary", {{"canary", canary_to_json(canary, CanarySide::reads)}, {"newest", newest}}, kReading);
  std::set<std::uint64_t> out;
  for (const json& stretch : is.at("survived")) {
    const auto first = stretch.at(0).get<std::uint64_t>(), last = std::min(stretch.at(1).get<std::uint64_t>(), newest);
    for (std::uint64_t number = first; number <= last; ++number) out.insert(out.end(), number);
  }
  return out;
} catch (const std::exception& error) {
  throw std::runtime_error("what survived cannot be read from " + target.name + ": " + error.what());
}

std::unique_ptr<EffectOwner> keep_everywhere(asio::io_context& io, const KeeperSettings& settings, std::function<void(const Happening&)> tell, const RunParts& parts, Links& links) {
  KeeperSettings here = settings;
  std::erase_if(here.targets, [](const Target& target) { return !target.agent.empty(); });
  auto all = std::make_unique<KeptEverywhere>(io, tell);
  std::vector<std::shared_ptr<AgentLink>> there;
  for (const Target& target : settings.targets)
    if (!target.agent.empty())
      if (const auto link = links.to(io, target); std::find(there.begin(), there.end(), link) == there.end()) there.push_back(link);
  keep_agents(parts.state_root, settings.exercise, there);  // before anything can begin there
  if (!here.targets.empty()) all->add(parts.keeper(io, here, tell));
  for (const auto& link : there) all->add(link);
  return all;
}

// The agents' own addresses are never cut off here.
OptIn opt_in_beside_agents(const std::function<OptIn(const Target&)>& opt_in, const Target& target, const Exercise& exercise) {
  OptIn opt = opt_in(target);
  if (target.netns.empty() && opt.management.empty()) return opt;  // a machine-wide cut needs one of its own, for people
  for (const Target& other : exercise.targets)
    if (!other.agent.empty()) opt.management.push_back(other.agent);
  return opt;
}

}  // namespace

RunParts with_agents(RunParts parts, const Exercise& exercise, const std::string& id) {
  if (!has_agents(exercise)) return parts;
  const RunParts here = parts;
  const auto links = std::make_shared<Links>(id);
  parts.reasons_against = [here, id](const Exercise& one, const std::string& calendar, const Moment& now) {
    std::vector<std::string> reasons = here.reasons_against(one, calendar, now);
    for (const std::string& reason : reasons_against_agents(one)) reasons.push_back(reason);
    return reasons;  // what the agents have against it comes when the faults are looked at
  };
  parts.opt_in = [here, &exercise](const Target& target) { return opt_in_beside_agents(here.opt_in, target, exercise); };
  parts.effects_there = [&exercise, id](const Target& target, const std::vector<FaultThere>& faults, std::vector<PlannedEffect>& planned) {
    if (const auto reasons = reasons_against_agents(exercise); !reasons.empty()) throw Refused(reasons);
    return effects_there(target, exercise, id, faults, planned);
  };
  parts.footprint = [here, id](const std::vector<Target>& targets) { return footprint_everywhere(here.footprint, targets, id); };
  parts.keeper = [here, links](asio::io_context& io, const KeeperSettings& settings, std::function<void(const Happening&)> tell) {
    return keep_everywhere(io, settings, std::move(tell), here, *links);
  };
  parts.probing = [here, links, &exercise](asio::io_context& io, const std::vector<Probe>& probes, std::function<std::string(const Where&)> place_of, Probing::OnSample on_sample,
                                          const std::string& start_in) -> std::shared_ptr<void> {
    std::vector<Probe> near;
    std::map<std::string, std::pair<const Target*, std::vector<Probe>>> far;
    for (const Probe& probe : probes)
      if (const Target* target = agent_of(exercise, probe.from)) far.try_emplace(target->agent, target, std::vector<Probe>{}).first->second.second.push_back(probe);
      else near.push_back(probe);
    auto all = std::make_shared<ProbedEverywhere>();
    for (const auto& [agent, of] : far) {
      all->links.push_back(links->to(io, *of.first));
      all->links.back()->probe(of.second, on_sample);
    }
    if (!near.empty()) all->here = here.probing(io, near, std::move(place_of), on_sample, start_in);
    return all;
  };
  const auto there = std::make_shared<CanaryThere>();
  parts.canary = [here, links, there, &exercise](asio::io_context& io, const Canary& canary, const std::string& netns, const std::string& of, const std::string& folder, const std::string& start_in) {
    if (const Target* target = agent_of(exercise, canary.writes_from)) return write_there(io, links->to(io, *target), canary, folder, there);
    return here.canary(io, canary, netns, of, folder, start_in);
  };
  parts.survivors = [here, there, &exercise](const Canary& canary, const std::string& netns, const std::string& of, std::uint64_t newest, const std::string& start_in) {
    if (there->writes && !there->whole)
      throw std::runtime_error(there->who + " was lost while the canary wrote from there: what else was acknowledged is not known, and all of it is in doubt");
    if (const Target* target = agent_of(exercise, canary.reads_from)) return survivors_there(*target, canary, of, newest);
    return here.survivors(canary, netns, of, newest, start_in);
  };
  parts.start_command = [links, &exercise](asio::io_context& io, const CommandSettings& settings, std::function<void(const CommandResult&)> done) -> std::unique_ptr<CommandUnderWay> {
    if (settings.agent.empty()) return std::make_unique<RunningCommand>(io, settings, std::move(done));
    try {
      return std::make_unique<CommandThere>(links->to(io, *exercise.target(settings.agent)), settings, done);
    } catch (const Refused& refused) {  // no connection to be had
      CommandSettings never = settings;
      never.argv.clear();
      return std::make_unique<RunningCommand>(io, never, [done, why = std::string(refused.what())](CommandResult result) {
        result.why = why;
        done(result);
      });
    }
  };
  return parts;
}

std::vector<std::string> reasons_on_all_hosts(const Exercise& exercise, const std::string& calendar, const Moment& now) {
  std::vector<std::string> reasons = reasons_against(exercise, calendar, now);
  if (exercise.kind == Exercise::Kind::tabletop || !has_agents(exercise)) return reasons;
  for (const std::string& reason : reasons_against_agents(exercise)) reasons.push_back(reason);
  for (const Target& target : exercise.targets) {
    if (target.agent.empty()) continue;
    std::vector<FaultThere> faults;
    std::vector<PlannedEffect> planned;
    for (const FaultPlan& fault : exercise.faults)
      if (strikes(fault, target)) faults.push_back({fault, static_cast<int>(faults.size()) + 1});
    try {
      effects_there(target, exercise, "look-" + std::to_string(now.wall), faults, planned);
    } catch (const Refused& refused) {
      for (const std::string& reason : refused.reasons())
        if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) reasons.push_back(reason);
    }
  }
  return reasons;
}

AgentsAccount ask_agents(const std::string& exercise) {
  AgentsAccount out;
  std::ifstream in(state_root() + "/exercises/" + exercise + "/agents.json");
  const json all = json::parse(std::string{std::istreambuf_iterator<char>(in), {}}, nullptr, false);
  if (!all.is_array()) return out;
  for (const json& each : all) {
    out.any = true;
    const Target target = target_from_json(each);
    const std::string who = "on " + target.name + ": the agent at " + target.agent;
    try {
      AgentVisit visit(target.agent, exercise);
      const json is = visit.ask("account", {{"from", 0}}, kAccount);
      if (!is.at("known").get<bool>()) {
        out.remains.push_back(who + " knows nothing of this exercise; whether something is left there is not known");
        continue;
      }
      const bool same_boot = is.at("boot") == visit.talk().greeting().boot;
      for (const json& line : is.at("happened")) {
        Happening happening = happening_from_json(line.get<std::string>());
        const Moment now = system_clock().now();
        happening.at = same_boot ? visit.talk().clock().ours(happening.at) : Moment{now.boot - (now.wall - happening.at.wall), happening.at.wall};
        out.happenings.push_back(happening);
      }
      out.over &= is.at("over").get<bool>();
      for (const json& left : is.at("remains")) out.remains.push_back(left);
    } catch (const Refused& refused) {
      out.remains.push_back(who + " cannot be asked what became of it: " + refused.what());
    }
  }
  return out;
}

bool has_agents_to_ask(const std::string& exercise) {
  std::error_code none;
  return std::filesystem::exists(state_root() + "/exercises/" + exercise + "/agents.json", none);
}

void forget_agents(const std::string& exercise) {
  std::error_code none;
  std::filesystem::remove(state_root() + "/exercises/" + exercise + "/agents.json", none);
}

}  // namespace muster
