#include "models/exercise_observations.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace muster {
namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) { return std::find(all.begin(), all.end(), one) != all.end(); }

class Fold {
 public:
  explicit Fold(const std::string& id) : source_("exercise " + id) {}

  void add(const Happening& h) {
    if (over_) return;  // what comes later only undoes and tells
    at_ = h.at;
    if (const auto* began = std::get_if<RunBegan>(&h.what)) {
      people_ = began->people;
      scenario_ = began->scenario_title;
      outage_ = began->outage;
      if (began->kind == "tabletop") source_ += " (tabletop)";
    } else if (const auto* step = std::get_if<StepChanged>(&h.what)) {
      changed(*step);
    } else if (const auto* asked = std::get_if<Asked>(&h.what)) {
      begin_response(*asked);
    } else if (std::holds_alternative<RunEnded>(h.what)) {
      // Whoever finds a dead run may come days later: what is known is its last sign.
      end_all(std::get<RunEnded>(h.what).ending == Ending::died ? last_ : at_);
      over_ = true;
    }
    last_ = at_;
  }

  std::vector<Observation> all() && {
    if (!over_) end_all(last_);
    return std::move(out_);
  }

 private:
  struct Attempt {
    Moment began;
    std::string with_response_of;
  };
  struct Question {
    Moment asked;
    std::string step;
  };

  void keep(Observation::Of of, const std::string& name, const Moment& from, const Moment& to, bool censored, const std::string& with = "") {
    out_.push_back({of, name, std::max(0.0, to.since(from)), censored, to.wall, source_, scenario_, with, outage_});
  }

  void changed(const StepChanged& c) {
    switch (c.change) {
      case StepChange::began: attempts_[c.step] = {at_, ""}; return;
      case StepChange::succeeded: return ended(c, false);
      case StepChange::retried:
      case StepChange::failed:
      case StepChange::replaced: {
        const bool never_ran = c.how == "run" && !c.timed_out && !c.exit;
        if (never_ran) {
          attempts_.erase(c.step);
          return;
        }
        return ended(c, c.timed_out || c.how == "by hand");
      }
      case StepChange::ended_early: return ended(c, true);
      case StepChange::ready:
      case StepChange::passed:
      case StepChange::undone:
      case StepChange::undo_failed: return;
    }
  }

  void ended(const StepChanged& c, bool censored) {
    end_responses(c);
    const auto attempt = attempts_.find(c.step);
    if (attempt == attempts_.end()) return;
    if (!c.automatic) keep(Observation::Of::step, c.step, attempt->second.began, at_, censored, attempt->second.with_response_of);
    attempts_.erase(attempt);
  }

  /// The roles whose people are all among those asked, and that were not asked for before.
  void begin_response(const Asked& asked) {
    for (const auto& [role, people] : people_) {
      const bool all = !people.empty() && std::all_of(people.begin(), people.end(), [&](const std::string& p) { return contains(asked.people, p); });
      if (!all || !asked_for_.insert(role).second) continue;
      questions_[role] = {at_, asked.step};
      if (const auto attempt = attempts_.find(asked.step); attempt != attempts_.end() && attempt->second.with_response_of.empty())
        attempt->second.with_response_of = role;
    }
  }

  void end_responses(const StepChanged& c) {
    for (auto q = questions_.begin(); q != questions_.end();) {
      if (q->second.step != c.step) {
        ++q;
        continue;
      }
      const bool unanswered = c.timed_out || c.change == StepChange::ended_early;
      if (!c.automatic && (unanswered || answers_for(q->first, c.by)))
        keep(Observation::Of::response, q->first, q->second.asked, at_, unanswered);
      q = questions_.erase(q);
    }
  }

  /// A person of another role answered: that says nothing of this one. Who is in no list may stand for anyone.
  bool answers_for(const std::string& role, const std::string& by) const {
    if (contains(people_.at(role), by)) return true;
    return std::none_of(people_.begin(), people_.end(), [&](const auto& one) { return contains(one.second, by); });
  }

  void end_all(const Moment& at) {
    for (const auto& [role, question] : questions_) keep(Observation::Of::response, role, question.asked, at, true);
    for (const auto& [step, attempt] : attempts_) keep(Observation::Of::step, step, attempt.began, at, true, attempt.with_response_of);
    questions_.clear();
    attempts_.clear();
  }

  std::string source_, scenario_, outage_;
  std::map<std::string, std::vector<std::string>> people_;
  std::map<std::string, Attempt> attempts_;    // by step
  std::map<std::string, Question> questions_;  // by role
  std::set<std::string> asked_for_;
  std::vector<Observation> out_;
  Moment at_, last_;
  bool over_ = false;
};

}  // namespace

std::vector<Observation> observations_of_record(const std::string& id, const std::vector<Happening>& happenings) {
  Fold fold(id);
  for (const Happening& h : happenings) fold.add(h);
  return std::move(fold).all();
}

}  // namespace muster
