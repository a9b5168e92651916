#include "models/calibrate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "models/calendar.h"
#include "models/elementary.h"
#include "models/moments.h"
#include "models/scenario_check.h"
#include "models/wording.h"

namespace muster {
namespace {

using Of = Observation::Of;
using Hours = CalibratedItem::Hours;
constexpr double beyond_reach = 6;  ///< a score that a table of 2^-40 cannot serve well
constexpr double day = 86400;

auto sort_key(const Observation& o) { return std::tie(o.of, o.name, o.ended, o.seconds, o.censored, o.source, o.scenario, o.with_response_of, o.during); }

struct Stated {
  CalibratedItem item;
  Distribution scores;
  bool exactly = false;
};

/// What is stated of one thing: how, or why nothing can be learned of it. Of a step there may be several, for different outages.
struct Way {
  std::string law;
  std::set<std::string> outages;
  std::optional<std::size_t> place;  ///< among what is stated
  std::string why_not;
};

class Calibrating {
 public:
  Calibrating(const Scenario& s, const CalibrationOptions& options) : s_(s), options_(options), zone_(s.time_zone) {
    for (const Role& r : s.roles)
      if (r.responds) add_role(r);
    for (const Outage& o : s.outages)
      if (o.lasts) add_law(Of::outage, o.name, Hours::all, *o.lasts, o.prior_weight);
    add_steps();
  }

  Calibration run(std::vector<Observation> observations) {
    std::sort(observations.begin(), observations.end(), [](const auto& a, const auto& b) { return sort_key(a) < sort_key(b); });
    const auto twice = std::unique(observations.begin(), observations.end());
    drop(observations.end() - twice, "the same observation", "given more than once; counted once");
    observations.erase(twice, observations.end());
    std::vector<std::vector<Observation>> of(stated_.size());
    for (const Observation& o : observations)
      if (const auto at = place_of(o)) of[*at].push_back(o);
    Calibration out;
    out.title = s_.title;
    out.file = s_.file;
    out.sha256 = s_.sha256;
    out.as_of = iso_text({0, options_.as_of});
    out.half_life = options_.half_life;
    std::set<std::size_t> simulated;
    for (const auto& [key, ways] : ways_)
      for (const Way& way : ways)
        if (way.place) simulated.insert(*way.place);
    for (const std::size_t i : simulated) {
      if (of[i].empty() && !stated_[i].exactly) continue;
      learn(stated_[i], of[i]);
      out.items.push_back(std::move(stated_[i].item));
    }
    for (auto& [key, count] : dropped_) out.unused.push_back({key.first, key.second, count});
    return out;
  }

 private:
  void add(Of of, const std::string& name, Hours hours, const std::string& law, const std::string& stated, const std::optional<double>& weight,
           const Distribution& scores, bool exactly) {
    Stated one;
    one.item.of = of;
    one.item.name = name;
    one.item.hours = hours;
    one.item.law = law;
    one.item.stated = stated;
    one.item.prior = one.item.posterior = prior_belief(weight.value_or(options_.prior_weight));
    one.scores = scores;
    one.exactly = exactly;
    ways_[{of, name, hours}].push_back({law, {}, stated_.size(), ""});
    stated_.push_back(std::move(one));
  }

  void add_hopeless(Of of, const std::string& name, Hours hours, const std::string& law, const std::string& why) { ways_[{of, name, hours}].push_back({law, {}, {}, why}); }

  void add_law(Of of, const std::string& name, Hours hours, const Distribution& law, const std::optional<double>& weight) {
    if (const auto scores = scores_of(law)) return add(of, name, hours, law_of(law), law.describe(), weight, *scores, *scores == law);
    add_hopeless(of, name, hours, law_of(law), "it may take no time at all as stated, so there is nothing to move");
  }

  void add_role(const Role& r) {
    if (!r.responds->absent_off_hours && r.responds->on_hours == r.responds->off_hours)
      return add_law(Of::response, r.name, Hours::all, r.responds->on_hours, r.prior_weight);
    add_law(Of::response, r.name, Hours::on, r.responds->on_hours, r.prior_weight);
    if (r.responds->absent_off_hours)
      add_hopeless(Of::response, r.name, Hours::off, "", "absent off-hours as stated");
    else
      add_law(Of::response, r.name, Hours::off, r.responds->off_hours, r.prior_weight);
  }

  /// In whatever plan a step of a name takes the same, it is one thing to learn of; where outages' plans state it differently, several.
  void add_steps() {
    for (const Plan& p : s_.plans)
      for (const Step& step : p.steps) add_step(step, s_, "");
    for (const Outage& o : s_.outages) {
      const Scenario& seen = s_.seen_by(o.name);
      if (const Plan* plan = plan_of(seen, o))
        for (const Step& step : plan->steps) add_step(step, seen, o.name);
    }
    for (auto& [key, ways] : ways_) {
      // What is stated for no outage is simulated by none.
      const bool any = std::any_of(ways.begin(), ways.end(), [](const Way& way) { return !way.outages.empty(); });
      if (any) std::erase_if(ways, [](const Way& way) { return way.outages.empty(); });
      if (ways.size() < 2) continue;
      for (const Way& way : ways)
        if (way.place) stated_[*way.place].item.outages.assign(way.outages.begin(), way.outages.end());
    }
  }

  void add_step(const Step& step, const Scenario& seen, const std::string& outage) {
    std::vector<Way>& ways = ways_[{Of::step, step.name, Hours::all}];
    const std::string law = law_of(step, seen);
    auto way = std::find_if(ways.begin(), ways.end(), [&](const Way& one) { return one.law == law; });
    if (way == ways.end()) {
      state(step, seen, law);
      way = ways.end() - 1;
    }
    if (!outage.empty()) way->outages.insert(outage);
  }

  void state(const Step& step, const Scenario& seen, const std::string& law) {
    const AloneTime time = time_alone(step, seen);
    if (!time.scores) return add_hopeless(Of::step, step.name, Hours::all, law, time.why_not);
    std::string said;
    for (const Part& part : step.takes) {
      if (!said.empty()) said += ", then ";
      if (const auto* one = std::get_if<Distribution>(&part)) said += one->describe();
      else said += "a transfer over " + std::get<Transfer>(part).over;
    }
    add(Of::step, step.name, Hours::all, law, said, step.prior_weight, *time.scores, time.exactly);
  }

  std::optional<std::size_t> drop(std::ptrdiff_t count, const std::string& what, const std::string& why) {
    if (count > 0) dropped_[{what, why}] += static_cast<std::size_t>(count);
    return {};
  }

  std::optional<Hours> hours_of(const Observation& o) const {
    if (ways_.contains({Of::response, o.name, Hours::all})) return Hours::all;
    for (const Role& r : s_.roles) {
      if (r.name != o.name) continue;
      const Calendar hours(zone_, r.hours);
      if (hours.always()) return Hours::on;
      if (o.ended == 0) return {};
      return hours.on_hours(static_cast<double>(o.ended) / 1e9 - o.seconds) ? Hours::on : Hours::off;
    }
    return Hours::all;
  }

  std::optional<std::size_t> place_of(const Observation& o) {
    static constexpr const char* kinds[] = {"step ", "role ", "outage "};
    const std::string what = kinds[static_cast<int>(o.of)] + o.name;
    if (!o.scenario.empty() && o.scenario != s_.title) return drop(1, what, "of another scenario, " + in_quotes(o.scenario));
    if (o.source.ends_with("(tabletop)")) return drop(1, what, "talked through at a table, not done");
    std::optional<Hours> hours = Hours::all;
    if (o.of == Of::response) hours = hours_of(o);
    if (!hours) return drop(1, what, "when it ended is not known, so neither is whether it was on-hours");
    const auto ways = ways_.find({o.of, o.name, *hours});
    if (ways == ways_.end()) return drop(1, what, "the scenario states no such time");
    const Way* way = &ways->second.front();
    if (ways->second.size() > 1) {
      const auto its = std::find_if(ways->second.begin(), ways->second.end(), [&](const Way& one) { return one.outages.contains(o.during); });
      if (its == ways->second.end())
        return drop(1, what, "stated differently for different outages, and " + (o.during.empty() ? "of which it is is not known" : "not for " + in_quotes(o.during) + ", of which it is"));
      way = &*its;
    }
    if (!way->place) return drop(1, what, way->why_not);
    if (!(std::isfinite(o.seconds) && o.seconds > 0)) return drop(1, what, "of no length");
    if (options_.half_life && o.ended == 0) return drop(1, what, "its age is not known, so neither is what it still counts for");
    if (o.of == Of::step && !o.with_response_of.empty() && responds(o.with_response_of))
      return drop(1, what, "holds the response of " + o.with_response_of + " too, which the scenario draws apart");
    return way->place;
  }

  bool responds(const std::string& role) const {
    return std::any_of(s_.roles.begin(), s_.roles.end(), [&](const Role& r) { return r.name == role && r.responds; });
  }

  double age(const Observation& o) const { return std::max(0.0, static_cast<double>(options_.as_of - o.ended) / 1e9); }

  void learn(Stated& stated, const std::vector<Observation>& observations) {
    CalibratedItem& item = stated.item;
    if (observations.empty()) return;
    const bool lognormal = as_lognormal(stated.scores).has_value();
    const bool outside = std::any_of(observations.begin(), observations.end(), [&](const Observation& o) {
      const double z = score(stated.scores, o.seconds);
      return o.censored ? z > (lognormal ? 1e300 : beyond_reach) : !(std::fabs(z) < (lognormal ? 1e300 : beyond_reach));
    });
    if (outside) item.stand_in = stand_in(stated.scores);
    const Distribution scores = outside ? Distribution(*item.stand_in) : stated.scores;
    std::vector<Score> list;
    std::set<std::string> sources;
    double aged = 0;
    std::int64_t first = 0, last = 0;
    for (const Observation& o : observations) {
      const double weight = options_.half_life ? exp_exact(-age(o) / *options_.half_life * log_exact(2)) : 1;
      ++item.observations;
      item.censored += o.censored;
      if (!o.source.empty()) sources.insert(o.source);
      if (o.ended != 0) {
        first = first == 0 ? o.ended : std::min(first, o.ended);
        last = last == 0 ? o.ended : std::max(last, o.ended);
        aged += weight * age(o);
      }
      if (weight < 1e-12) continue;  // as good as forgotten
      item.worth += weight;
      const double z = score(scores, o.seconds);
      if (std::isfinite(z)) list.push_back({z, weight, o.censored});  // else: it takes longer than nothing
    }
    item.sources.assign(sources.begin(), sources.end());
    if (first != 0) {
      item.first = utc_date({0, first});
      item.last = utc_date({0, last});
    }
    if (item.worth > 0) item.age_days = aged / item.worth / day;
    item.posterior = updated(item.prior, list);
    if (!list.empty()) item.drift = drift_probability(item.prior, list);
    const bool impossible = std::any_of(observations.begin(), observations.end(), [&](const Observation& o) {
      return o.seconds >= stated.scores.high() || (!o.censored && o.seconds <= stated.scores.low());
    });
    if (impossible) item.drift = 0;
  }

  const Scenario& s_;
  CalibrationOptions options_;
  Zone zone_;
  std::vector<Stated> stated_;
  std::map<std::tuple<Of, std::string, Hours>, std::vector<Way>> ways_;
  std::map<std::pair<std::string, std::string>, std::size_t> dropped_;
};

}  // namespace

Calibration calibrate(const Scenario& scenario, const std::vector<Observation>& observations, const CalibrationOptions& options) {
  return Calibrating(scenario, options).run(observations);
}

}  // namespace muster
