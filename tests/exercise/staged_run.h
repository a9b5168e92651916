#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "exercise/refused.h"
#include "exercise/run_parts.h"

/// A whole run on real commands, with a keeper, probes and a canary that the test plays.
namespace muster {

/// A clock that a test can make jump.
class JumpingClock : public Clock {
 public:
  Moment now() const override {
    const Moment real = system_clock().now();
    return {real.boot + boot_jump, real.wall + wall_jump};
  }
  std::int64_t boot_jump = 0, wall_jump = 0;
};

class StagedRun : public testing::Test {
 protected:
  StagedRun() {
    folder = std::filesystem::temp_directory_path() / "muster-run-XXXXXX";
    if (!mkdtemp(folder.data())) throw std::runtime_error("no folder");
    exercise().kind = Exercise::Kind::functional;
    exercise().title = "staged";
    exercise().folder = folder;
    exercise().outage = "outage";
    exercise().limit = 20;
    exercise().targets = {{"here", "", "", "", {}}};
    loaded.scenario.title = "staged";
    loaded.scenario.outages.emplace_back();
    loaded.scenario.outages[0].name = "outage";
    loaded.scenario.plans.emplace_back();
    settings.id = "test-" + std::to_string(getpid());
    settings.by = "tester";
    parts.reasons_against = [this](const Exercise&, const std::string&, const Moment&) { return against; };
    parts.opt_in = [](const Target&) { return OptIn{}; };
    parts.halt = [this] { return halt; };
    parts.fault_kind = [this](const std::string& kind) { return kind == "command" ? &kind_ : nullptr; };
    parts.footprint = [](const std::vector<Target>&) { return Footprint{}; };
    parts.compare = [this](const Footprint&, const Footprint&, const std::string&) {
      FootprintCompared compared;
      compared.remains = left;
      return compared;
    };
    parts.keeper = [this](boost::asio::io_context& io, const KeeperSettings& given,
                          std::function<void(const Happening&)> tell) {
      keeper_settings = given;
      if (!keeper_refuses.empty()) throw Refused({keeper_refuses});
      return std::make_unique<PlayedKeeper>(*this, io, std::move(tell));
    };
    parts.probing = [this](boost::asio::io_context& io, const std::vector<Probe>& probes, auto,
                           Probing::OnSample on_sample, const std::string&) {
      auto played = std::make_shared<PlayedProbes>(*this, io, probes, std::move(on_sample));
      played->turn();
      return std::static_pointer_cast<void>(std::make_shared<Playing>(Playing{played}));
    };
    parts.canary = [this](boost::asio::io_context&, const Canary&, const std::string&, const std::string&, const std::string& into,
                          const std::string&) -> std::function<void()> {
      std::ofstream(into + "/canary.log");
      trace.push_back("canary writes");
      return [this] { trace.push_back("canary stops"); };
    };
    parts.survivors = [this](auto&&...) {
      trace.push_back("canary read");
      return std::set<std::uint64_t>{};
    };
    parts.run_root = folder + "/run";
    parts.state_root = folder + "/state";
  }
  ~StagedRun() override { std::filesystem::remove_all(folder); }

  Exercise& exercise() { return loaded.exercise; }
  Plan& plan() { return loaded.scenario.plans[0]; }
  Step& step(const std::string& name, const std::vector<std::string>& after = {}) {
    plan().steps.emplace_back();
    plan().steps.back().name = name;
    plan().steps.back().after = after;
    return plan().steps.back();
  }
  Binding& bind(const std::string& name) {
    exercise().steps.emplace_back();
    exercise().steps.back().step = name;
    return exercise().steps.back();
  }
  /// A step and the shell script that performs it.
  Step& scripted(const std::string& name, const std::string& script,
                 const std::vector<std::string>& after = {}) {
    bind(name).run = muster::Run{{"/bin/sh", "-c", script}, 10, {}};
    return step(name, after);
  }
  FaultPlan& fault(const std::string& name, double after = 0) {
    exercise().faults.emplace_back();
    FaultPlan& plan = exercise().faults.back();
    plan.name = name;
    plan.on = "here";
    plan.settings = CommandFault{};
    plan.after = after;
    return plan;
  }
  /// A probe whose answer is `verdicts[name]`, every 10 ms; passing unless said otherwise.
  Condition probe(const std::string& name) {
    if (!exercise().probe(name)) {
      Probe each{name, TcpProbe{"none", 1}, {}, 0.01, 0.1, 1, 1};
      exercise().probes.push_back(each);
      verdicts.try_emplace(name, Sample::Verdict::passing);
    }
    Condition condition;
    condition.probe = name;
    return condition;
  }
  static Condition negated(const Condition& of) {
    Condition condition;
    condition.kind = Condition::Kind::negation;
    condition.of = {of};
    return condition;
  }

  RunEnded run() {
    RunPorts ports;
    ports.clock = &clock;
    ports.tell = [this](const Happening& happening) {
      happenings.push_back(happening);
      trace.push_back(line_of(happening));
      if (on_happening) on_happening(happening);
    };
    return run_exercise(loaded, settings, ports, parts);
  }
  /// One word or two for each happening: what a test compares.
  static std::string line_of(const Happening& happening) {
    if (const auto* change = std::get_if<StepChanged>(&happening.what)) {
      static const char* const words[] = {"ready",  "began",    "retried",     "succeeded", "failed",
                                          "passed", "replaced", "ended early", "undone",    "undo failed"};
      return change->step + " " + words[static_cast<int>(change->change)];
    }
    if (const auto* change = std::get_if<FaultChanged>(&happening.what)) {
      static const char* const words[] = {"intended",     "in effect", "failed", "vanished",
                                          "fence failed", "undoing",   "undone", "remains"};
      return change->fault + " " + words[static_cast<int>(change->change)];
    }
    if (const auto* asked = std::get_if<Asked>(&happening.what)) return asked->step + " asks";
    if (const auto* met = std::get_if<ConditionMet>(&happening.what)) return met->what;
    if (const auto* read = std::get_if<CanaryRead>(&happening.what)) return "read " + read->when;
    if (const auto* ran = std::get_if<AfterwardsRan>(&happening.what))
      return ran->began ? "afterwards began" : "afterwards ended";
    if (const auto* noted = std::get_if<Noted>(&happening.what)) return "note " + noted->kind;
    if (std::holds_alternative<RunBegan>(happening.what)) return "began";
    if (std::holds_alternative<RunEnded>(happening.what)) return "ended";
    if (std::holds_alternative<RecoveryMeasured>(happening.what)) return "measured";
    if (std::holds_alternative<FootprintCompared>(happening.what)) return "footprint";
    if (std::holds_alternative<ProbeCounted>(happening.what)) return "counted";
    return "probe";
  }
  std::ptrdiff_t place(const std::string& line) const {
    const auto it = std::find(trace.begin(), trace.end(), line);
    return it == trace.end() ? -1 : it - trace.begin();
  }
  bool told(const std::string& line) const { return place(line) >= 0; }
  std::string whole_trace() const {
    std::string text;
    for (const std::string& line : trace)
      if (line != "probe") text += line + "\n";
    return text;
  }
  template <typename What>
  std::vector<What> all() const {
    std::vector<What> found;
    for (const Happening& happening : happenings)
      if (const auto* what = std::get_if<What>(&happening.what)) found.push_back(*what);
    return found;
  }
  StepChanged last_of(const std::string& name) const {
    StepChanged last;
    for (const StepChanged& change : all<StepChanged>())
      if (change.step == name) last = change;
    return last;
  }
  std::string content(const std::string& file) const {
    std::ifstream stream(folder + "/" + file);
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
  }

  std::string folder;
  LoadedExercise loaded;
  RunSettings settings;
  RunParts parts;
  JumpingClock clock;
  std::vector<std::string> against, left, remains;  ///< what guard, footprint and keeper will say
  std::optional<Halt> halt;
  std::map<std::string, Sample::Verdict> verdicts;
  std::vector<Happening> happenings;
  std::vector<std::string> trace;
  std::function<void(const Happening&)> on_happening;
  std::string begin_fails;  ///< the fault that cannot be brought about
  KeeperSettings keeper_settings;
  std::string keeper_refuses;
  int faults_in_effect = 0;
  bool keeper_lost = false;
  std::function<void()> in_effect_changed;  ///< the world's answer

 private:
  class PlayedKind : public FaultKind {
   public:
    std::string name() const override { return "command"; }
    LastResort last_resort() const override { return LastResort::nobody; }
    std::vector<std::string> missing(const Target&) const override { return {}; }
    Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
      if (fault.name == "no-match") throw Refused({"no process matches"});
      return {around.exercise, fault.name, 0, "command", target, "{}", around.folder};
    }
    PlannedEffect describe(const Effect& effect) const override {
      PlannedEffect planned;
      planned.does = {"does " + effect.fault};
      planned.undone_by = {"undoes " + effect.fault};
      planned.by_hand = {"undo-by-hand " + effect.fault};
      return planned;
    }
    void apply(const Effect&, double) const override {}
    void undo(const Effect&) const override {}
    Sight check(const Effect&) const override { return {}; }
  };

  class PlayedKeeper : public EffectOwner {
   public:
    PlayedKeeper(StagedRun& test, boost::asio::io_context& io, std::function<void(const Happening&)> tell)
        : test_(test), io_(io), tell_(std::move(tell)) {}
    void begin(const Effect& effect, std::optional<double>, const std::optional<CommandSettings>& fence,
               std::function<void(std::string)> done) override {
      boost::asio::post(io_, [this, effect, fence, done] {
        change(effect.fault, FaultChange::intended);
        if (effect.fault == test_.begin_fails) {
          change(effect.fault, FaultChange::failed);
          return done("it would not");
        }
        in_effect_.push_back({effect.fault, fence});
        ++test_.faults_in_effect;
        if (test_.in_effect_changed) test_.in_effect_changed();
        change(effect.fault, FaultChange::in_effect);
        done("");
      });
    }
    bool lost() const override { return test_.keeper_lost; }
    void end_all(const std::string& why, std::function<void(std::vector<std::string>)> done) override {
      EXPECT_EQ(ended_++, 0) << "end_all twice";
      test_.trace.push_back("end all: " + why);
      boost::asio::post(io_, [this, done] {
        for (auto it = in_effect_.rbegin(); it != in_effect_.rend(); ++it) {
          if (it->second) run_command(*it->second);
          change(it->first, FaultChange::undoing);
          --test_.faults_in_effect;
          change(it->first, FaultChange::undone);
        }
        if (test_.in_effect_changed) test_.in_effect_changed();
        done(test_.remains);
      });
    }

   private:
    void change(const std::string& name, FaultChange what) {
      FaultChanged changed;
      changed.fault = name;
      changed.change = what;
      tell_({test_.clock.now(), changed});
    }
    StagedRun& test_;
    boost::asio::io_context& io_;
    std::function<void(const Happening&)> tell_;
    std::vector<std::pair<std::string, std::optional<CommandSettings>>> in_effect_;
    int ended_ = 0;
  };

  struct PlayedProbes : std::enable_shared_from_this<PlayedProbes> {
    PlayedProbes(StagedRun& in, boost::asio::io_context& io, std::vector<Probe> of, Probing::OnSample sample)
        : test(in), probes(std::move(of)), on_sample(std::move(sample)), timer(io) {}
    void turn() {
      timer.expires_after(std::chrono::milliseconds(10));
      timer.async_wait([self = shared_from_this()](auto error) {
        if (error || self->over) return;
        for (const Probe& probe : self->probes) {
          const auto verdict = self->test.verdicts.find(probe.name);
          if (verdict == self->test.verdicts.end()) continue;  // it hangs
          const Moment now = self->test.clock.now();
          self->on_sample(probe, {now, now, now, verdict->second, "played"});
          if (self->over) return;
        }
        self->turn();
      });
    }
    StagedRun& test;
    std::vector<Probe> probes;
    Probing::OnSample on_sample;
    boost::asio::steady_timer timer;
    bool over = false;
  };
  struct Playing {
    explicit Playing(std::shared_ptr<PlayedProbes> what) : played(std::move(what)) {}
    Playing(Playing&& other) = default;
    ~Playing() {
      if (!played) return;
      played->over = true;
      played->timer.cancel();
    }
    std::shared_ptr<PlayedProbes> played;
  };
  PlayedKind kind_;
};

}  // namespace muster
