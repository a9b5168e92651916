#include "models/calibration.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "models/elementary.h"
#include "models/fingerprint.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

double rate_of(const Scenario& scenario, const std::string& link) {
  for (const Capacity& c : scenario.capacity)
    if (c.name == link) return c.rate.value_or(1);
  return 1;
}

std::string counted(std::size_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

std::string shown(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", x);
  return text;
}

std::string said_of(const CalibratedItem& item) {
  std::string out = "calibrated: ";
  if (item.observations == 0) return out + "no observation yet; the stated law as a belief worth " + shown(item.prior.weight);
  out += counted(item.observations, "observation");
  if (item.censored > 0) out += " (" + std::to_string(item.censored) + " not over when last seen)";
  if (!item.first.empty()) out += item.first == item.last ? " of " + item.first : " from " + item.first + " to " + item.last;
  out += ", worth " + shown(item.worth) + " against " + shown(item.prior.weight) + " of the stated law";
  if (item.stand_in) out += "; outside of what was stated, so a lognormal law takes its place";
  if (item.drifted()) out += "; DRIFT: p = " + shown(item.drift);
  return out;
}

CalibratedLaw as_drawn(const CalibratedItem& item, const Distribution& scores) {
  return {item.stand_in ? Distribution(*item.stand_in) : scores, item.posterior, said_of(item), joined(item.sources)};
}

class Application {
 public:
  Application(const Calibration& calibration) : calibration_(calibration), used_(calibration.items.size()) {}

  void to(Scenario& s) {
    for (Role& r : s.roles)
      if (r.responds) to_role(r);
    for (Outage& o : s.outages)
      if (o.lasts) o.calibrated = find(Observation::Of::outage, o.name, CalibratedItem::Hours::all, law_of(*o.lasts), [&] { return scores_of(*o.lasts); });
    for (Plan& p : s.plans)
      for (Step& step : p.steps)
        step.calibrated = find(Observation::Of::step, step.name, CalibratedItem::Hours::all, law_of(step, s), [&] { return time_alone(step, s).scores; });
    for (auto& [name, seen] : s.as_seen_by) to(seen);
  }

  std::vector<const CalibratedItem*> unused() const {
    std::vector<const CalibratedItem*> out;
    for (std::size_t i = 0; i < used_.size(); ++i)
      if (!used_[i]) out.push_back(&calibration_.items[i]);
    return out;
  }

 private:
  void to_role(Role& r) {
    using Hours = CalibratedItem::Hours;
    Response& to = *r.responds;
    const auto on = [&] { return scores_of(to.on_hours); };
    const auto off = [&] { return scores_of(to.off_hours); };
    const std::string on_law = law_of(to.on_hours), off_law = law_of(to.off_hours);
    to.on_calibrated = find(Observation::Of::response, r.name, Hours::on, on_law, on);
    if (!to.absent_off_hours) to.off_calibrated = find(Observation::Of::response, r.name, Hours::off, off_law, off);
    if (!to.on_calibrated) to.on_calibrated = find(Observation::Of::response, r.name, Hours::all, on_law, on);
    if (!to.off_calibrated && !to.absent_off_hours) to.off_calibrated = find(Observation::Of::response, r.name, Hours::all, off_law, off);
  }

  template <class Scores>
  std::optional<CalibratedLaw> find(Observation::Of of, const std::string& name, CalibratedItem::Hours hours, const std::string& law, Scores scores) {
    for (std::size_t i = 0; i < used_.size(); ++i) {
      const CalibratedItem& item = calibration_.items[i];
      if (item.of != of || item.name != name || item.hours != hours || item.law != law) continue;
      const auto its = scores();
      if (!its) continue;
      used_[i] = 1;
      return as_drawn(item, *its);
    }
    return {};
  }

  const Calibration& calibration_;
  std::vector<char> used_;
};

}  // namespace

std::string title_of(const CalibratedItem& item) {
  static constexpr const char* kinds[] = {"step ", "role ", "outage "};
  const char* hours = item.hours == CalibratedItem::Hours::on ? ", on-hours" : item.hours == CalibratedItem::Hours::off ? ", off-hours" : "";
  return kinds[static_cast<int>(item.of)] + item.name + hours + (item.outages.empty() ? "" : " for " + joined(item.outages));
}

std::vector<double> means_alone(const Step& step, const Scenario& scenario) {
  std::vector<double> out;
  for (const Part& part : step.takes) {
    if (const auto* law = std::get_if<Distribution>(&part)) out.push_back(law->mean());
    else if (const auto* t = std::get_if<Transfer>(&part)) out.push_back(t->bytes / rate_of(scenario, t->over));
    else out.push_back(0);
  }
  return out;
}

AloneTime time_alone(const Step& step, const Scenario& scenario) {
  std::vector<const Distribution*> random;
  std::vector<Distribution> laws;
  double constant = 0, moved = 0, low = 0;
  for (const Part& part : step.takes) {
    if (std::holds_alternative<Drain>(part)) return {{}, false, "a drain takes the longer the later it starts, so that its lengths say nothing alone"};
    if (const auto* t = std::get_if<Transfer>(&part)) {
      moved += t->bytes / rate_of(scenario, t->over);
      continue;
    }
    const auto& law = std::get<Distribution>(part);
    laws.push_back(law);
    low += law.low();
    if (law.is_constant()) constant += law.mean();
    else random.push_back(&law);
  }
  const double mean = mean_of_sum(laws) + moved, sd = std::sqrt(variance_of_sum(laws));
  if (mean == 0) return {{}, false, "it takes no time as stated, so there is nothing to move"};
  if (moved > 0) {
    const double relative = sd / mean, sigma = std::sqrt(log1p_exact(relative * relative) + spread_of_constants * spread_of_constants);
    return {Distribution(Lognormal{log_exact(mean), sigma}), false, ""};
  }
  if (random.empty()) return {Distribution(Lognormal{log_exact(mean), spread_of_constants}), false, ""};
  if (random.size() > 1) return {Distribution(Shifted{low, {Distribution(lognormal_of_moments(mean - low, sd))}}), false, ""};
  auto scores = scores_of(*random[0]);
  if (!scores) return {{}, false, "it may take no time at all as stated, and of that no observation can say how much longer"};
  const bool exactly = *scores == *random[0];
  return {constant > 0 ? Distribution(Shifted{constant, {*scores}}) : *scores, exactly, ""};
}

std::string law_of(const Step& step, const Scenario& scenario) {
  std::string text = canonical_json(step.takes);
  for (const Part& part : step.takes)
    if (const auto* t = std::get_if<Transfer>(&part)) text += " " + exact_duration(t->bytes / rate_of(scenario, t->over));
  return sha256_hex(text);
}

std::string law_of(const Distribution& law) { return sha256_hex(canonical_json(law)); }

std::vector<const CalibratedItem*> apply(const Calibration& calibration, Scenario& scenario) {
  Application application(calibration);
  application.to(scenario);
  scenario.sha256 = sha256_hex(canonical_json(scenario));
  for (auto& [name, seen] : scenario.as_seen_by) seen.sha256 = scenario.sha256;
  return application.unused();
}

}  // namespace muster
