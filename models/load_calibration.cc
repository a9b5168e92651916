#include "models/load_calibration.h"

#include <algorithm>
#include <stdexcept>

#include "models/decode.h"
#include "models/file_kind.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

Belief belief_of(const View& item, const char* key) {
  Belief out;
  if (const auto at = field(item, key)) {
    out.location = number_field(*at, "location").value_or(0);
    out.weight = number_field(*at, "weight").value_or(1);
    out.freedom = number_field(*at, "freedom").value_or(1);
    out.scale = number_field(*at, "scale").value_or(1);
  }
  return out;
}

std::size_t count_of(const View& map, const char* key) {
  return static_cast<std::size_t>(std::clamp(number_field(map, key).value_or(0), 0.0, 1e9));
}

CalibratedItem item_of(const View& at) {
  CalibratedItem out;
  const std::pair<const char*, Observation::Of> kinds[] = {
      {"step", Observation::Of::step}, {"role", Observation::Of::response}, {"outage", Observation::Of::outage}};
  for (const auto& [key, of] : kinds)
    if (field(at, key)) {
      out.of = of;
      out.name = text_field(at, key);
    }
  const std::string hours = text_field(at, "hours");
  out.hours = hours == "on" ? CalibratedItem::Hours::on : hours == "off" ? CalibratedItem::Hours::off : CalibratedItem::Hours::all;
  out.outages = names_field(at, "outages");
  out.law = text_field(at, "law");
  out.stated = text_field(at, "stated");
  if (const auto stand_in = field(at, "stand-in"))
    if (const auto law = field(*stand_in, "lognormal")) out.stand_in = Lognormal{number_field(*law, "mu").value_or(0), number_field(*law, "sigma").value_or(1)};
  out.prior = belief_of(at, "prior");
  out.posterior = belief_of(at, "posterior");
  out.observations = count_of(at, "observations");
  out.censored = count_of(at, "censored");
  out.worth = number_field(at, "worth").value_or(0);
  out.first = text_field(at, "first");
  out.last = text_field(at, "last");
  out.age_days = number_field(at, "age-days").value_or(0);
  out.drift = number_field(at, "drift").value_or(1);
  out.sources = names_field(at, "from");
  return out;
}

bool known(const Scenario& s, const CalibratedItem& item) {
  const auto named = [&](const auto& of) { return of.name == item.name; };
  switch (item.of) {
    case Observation::Of::response: return std::any_of(s.roles.begin(), s.roles.end(), named);
    case Observation::Of::outage: return std::any_of(s.outages.begin(), s.outages.end(), named);
    case Observation::Of::step: break;
  }
  return std::any_of(s.plans.begin(), s.plans.end(), [&](const Plan& p) { return std::any_of(p.steps.begin(), p.steps.end(), named); });
}

std::vector<std::string> names_of(const Scenario& s, Observation::Of of) {
  std::vector<std::string> out;
  if (of == Observation::Of::response)
    for (const Role& r : s.roles) out.push_back(r.name);
  if (of == Observation::Of::outage)
    for (const Outage& o : s.outages) out.push_back(o.name);
  if (of == Observation::Of::step)
    for (const Plan& p : s.plans)
      for (const Step& step : p.steps) out.push_back(step.name);
  return out;
}

bool same_outages(const CalibratedItem& a, const CalibratedItem& b) {
  const auto in_both = [&](const std::string& outage) { return std::find(b.outages.begin(), b.outages.end(), outage) != b.outages.end(); };
  return a.outages.empty() || b.outages.empty() || std::any_of(a.outages.begin(), a.outages.end(), in_both);
}

class CalibrationLoad {
 public:
  CalibrationLoad(Document document, const LoadLimits& limits) : document_(std::move(document)), findings_(document_, limits.problems) {}

  Calibration read() {
    refuse_other_kind(document_, FileKind::calibration);
    for (const Problem& problem : document_.problems) findings_.error(problem);
    const Grammar grammar = calibration_grammar();
    const View root{&document_.root};
    check_shape(grammar, *grammar.root, root, findings_);
    refuse_if_wrong();
    Calibration out = decode(root);
    refuse_if_wrong();
    return out;
  }

  LoadedCalibration load(const Scenario& scenario) {
    Calibration out = read();
    Scenario tried = scenario;
    for (const CalibratedItem* item : apply(out, tried)) tell(scenario, out, *item);
    refuse_if_wrong();
    if (out.sha256 != scenario.sha256)
      findings_.warning("/scenario/sha256", "made for another state of the scenario; what was calibrated is stated as it was then, so it is used");
    return {std::move(out), findings_.sorted_warnings()};
  }

 private:
  void refuse_if_wrong() {
    if (findings_.errors() > 0) throw InvalidInput(findings_.sorted_errors());
  }

  Calibration decode(const View& root) {
    Calibration out;
    const View scenario = field(root, "scenario").value();
    out.title = text_field(scenario, "title");
    out.file = text_field(scenario, "file");
    out.sha256 = text_field(scenario, "sha256");
    out.as_of = text_field(root, "as-of");
    out.half_life = quantity_field(root, "half-life", parse_duration);
    each_item(*field(root, "items"), [&](const View& at) {
      CalibratedItem item = item_of(at);
      if (item.hours != CalibratedItem::Hours::all && item.of != Observation::Of::response) findings_.error(at, "hours are of a role");
      for (const CalibratedItem& other : out.items)
        if (other.of == item.of && other.name == item.name && other.hours == item.hours && same_outages(other, item)) findings_.error(at, title_of(item) + " is there twice");
      if (!item.outages.empty() && item.of != Observation::Of::step) findings_.error(at, "outages are of a step");
      if (item.censored > item.observations) findings_.error(at, "more observations are censored than there are");
      out.items.push_back(std::move(item));
    });
    if (const auto unused = field(root, "unused"))
      each_item(*unused, [&](const View& at) { out.unused.push_back({text_field(at, "what"), text_field(at, "why"), count_of(at, "count")}); });
    return out;
  }

  void tell(const Scenario& made_for, const Calibration& all, const CalibratedItem& item) {
    const std::string pointer = "/items/" + std::to_string(&item - all.items.data());
    if (known(made_for, item)) {
      findings_.error(pointer, title_of(item) + " is not what it was when this was calibrated (" + (item.stated.empty() ? "another law" : in_quotes(item.stated)) +
                                   "); run muster calibrate again");
    } else {
      const std::string hint = did_you_mean(item.name, names_of(made_for, item.of));
      findings_.error(pointer, "the scenario has no " + title_of(item) + (hint.empty() ? "; is this the calibration of another one?" : hint));
    }
  }

  Document document_;
  Findings findings_;
};

}  // namespace

LoadedCalibration parse_calibration(std::string_view text, const std::string& name, const Scenario& scenario, const LoadLimits& limits) {
  return CalibrationLoad(read_document(text, name, limits), limits).load(scenario);
}

Calibration parse_calibration(std::string_view text, const std::string& name, const LoadLimits& limits) {
  return CalibrationLoad(read_document(text, name, limits), limits).read();
}

LoadedCalibration load_calibration(const std::string& path, const Scenario& scenario, const LoadLimits& limits) {
  return parse_calibration(read_file(path, limits.bytes), path, scenario, limits);
}

}  // namespace muster
