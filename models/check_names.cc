#include "models/json_pointer.h"
#include "models/scenario_check.h"
#include "models/wording.h"

namespace muster {
namespace {

struct Names {
  std::string what;  ///< "step"
  std::vector<std::string> all{};
  std::unordered_set<std::string> known{};
  void add(const std::string& name) {
    all.push_back(name);
    known.insert(name);
  }
};

class NameCheck {
 public:
  NameCheck(const Scenario& scenario, Findings& findings) : scenario_(scenario), findings_(findings) {
    for (const std::string& region : scenario.regions) regions_.add(region);
    for (const Service& service : scenario.services) services_.add(service.name);
    for (const Role& role : scenario.roles) roles_.add(role.name);
    for (const Capacity& capacity : scenario.capacity) capacity_.add(capacity.name);
    places_.all = services_.all;
    places_.known = services_.known;
    for (const std::string& region : scenario.regions) places_.add(region);
  }

  void check() {
    for (const Service& service : scenario_.services) check_service(service);
    for (const Outage& outage : scenario_.outages) check_outage(outage);
    for (const Plan& plan : scenario_.plans) check_plan(plan);
  }

 private:
  template <typename Pointer>
  void expect(const Names& names, const std::string& name, Pointer pointer) {
    if (name.empty() || names.known.count(name) != 0) return;
    std::string at = pointer();
    if (!findings_.clean(at)) return;
    std::string message = "no " + names.what + " " + in_quotes(name) + " is defined";
    if (!findings_.full()) message += names.all.empty() ? "; there is none at all" : did_you_mean(name, names.all);
    findings_.error(at, message);
  }
  void expect_all(const Names& names, const std::vector<std::string>& used, const std::string& pointer) {
    for (std::size_t i = 0; i < used.size(); ++i) expect(names, used[i], [&] { return pointer + "/" + std::to_string(i); });
  }
  void check_needs(const std::vector<Need>& needs, const std::string& pointer);
  void check_service(const Service& service);
  void check_outage(const Outage& outage);
  void check_plan(const Plan& plan);
  void check_step(const Plan& plan, const Step& step, const Names& steps);

  const Scenario& scenario_;
  Findings& findings_;
  Names regions_{"region"}, services_{"service"}, roles_{"role"}, capacity_{"capacity"}, places_{"service or region"};
};

void NameCheck::check_needs(const std::vector<Need>& needs, const std::string& pointer) {
  for (std::size_t i = 0; i < needs.size(); ++i) {
    bool group = needs[i].of.size() != 1;
    for (std::size_t j = 0; j < needs[i].of.size(); ++j)
      expect(places_, needs[i].of[j], [&] {
        std::string alone = pointer_of_need(findings_, pointer, i, false);
        const Node* node = resolve(findings_.root(), alone);
        bool at_least = group || (node != nullptr && node->kind == Node::Kind::map);
        return pointer_of_need(findings_, pointer, i, at_least, static_cast<int>(j));
      });
  }
}

void NameCheck::check_service(const Service& service) {
  const std::string pointer = "/services/" + escaped_token(service.name);
  if (regions_.known.count(service.name) != 0)
    findings_.error(pointer, "a region has the name " + in_quotes(service.name) + " already; services and regions share their names");
  expect(regions_, service.region, [&] { return pointer + "/region"; });
  check_needs(service.needs, pointer + "/needs");
  if (!service.data) return;
  for (std::size_t i = 0; i < service.data->copies.size(); ++i) {
    const Copy& copy = service.data->copies[i];
    const char* kind[] = {"/replica", "/log", "/backup"};
    const std::string& region = std::visit([](const auto& each) -> const std::string& { return each.region; }, copy);
    expect(regions_, region, [&] { return pointer + "/data/copies/" + std::to_string(i) + kind[copy.index()] + "/region"; });
  }
}

void NameCheck::check_outage(const Outage& outage) {
  const std::string pointer = "/outages/" + escaped_token(outage.name) + "/strikes/";
  for (std::size_t i = 0; i < outage.strikes.size(); ++i) {
    const std::string strike = pointer + std::to_string(i);
    expect(regions_, outage.strikes[i].region, [&] { return strike + "/region"; });
    expect_all(services_, outage.strikes[i].services, strike + "/services");
  }
}

void NameCheck::check_step(const Plan& plan, const Step& step, const Names& steps) {
  const std::string pointer = pointer_of(plan, step);
  auto seats = [&](const Names& names, const std::vector<Seats>& used, const std::string& field) {
    for (const Seats& seat : used) expect(names, seat.of, [&] { return pointer + field + escaped_token(seat.of); });
  };
  expect_all(steps, step.after, pointer + "/after");
  check_needs(step.needs, pointer + "/needs");
  expect_all(places_, step.only_if, pointer + "/only-if");
  for (std::size_t i = 0; i < step.takes.size(); ++i)
    if (const auto* transfer = std::get_if<Transfer>(&step.takes[i]))
      expect(capacity_, transfer->over, [&] { return pointer_of_part(findings_, pointer + "/takes", i) + "/over"; });
  seats(roles_, step.by, "/by/");
  seats(capacity_, step.uses, "/uses/");
  expect(steps, step.replacement, [&] { return pointer + "/on-failure/do"; });
  expect(steps, step.otherwise, [&] { return pointer + "/otherwise"; });
  expect(steps, step.until, [&] { return pointer + "/until"; });
  expect_all(services_, step.recovers, pointer + "/recovers");
}

void NameCheck::check_plan(const Plan& plan) {
  Names steps{"step"};
  for (const Step& step : plan.steps) steps.add(step.name);
  for (const Step& step : plan.steps) check_step(plan, step, steps);
  const std::string pointer = pointer_of(plan);
  expect(steps, plan.commits_at, [&] { return pointer + "/commits-at"; });
  for (std::size_t i = 0; i < plan.correlated.size(); ++i)
    expect_all(steps, plan.correlated[i].steps, pointer + "/correlated/" + std::to_string(i) + "/steps");
}

}  // namespace

void check_names(const Scenario& scenario, Findings& findings) { NameCheck(scenario, findings).check(); }

}  // namespace muster
