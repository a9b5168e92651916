#include <Eigen/Eigenvalues>
#include <algorithm>

#include "models/scenario_check.h"
#include "models/wording.h"

namespace muster {
namespace {

constexpr std::size_t most_steps = 256;

std::size_t random_parts(const Step& step) {
  return static_cast<std::size_t>(std::count_if(step.takes.begin(), step.takes.end(), [](const Part& part) {
    const auto* distribution = std::get_if<Distribution>(&part);
    return distribution != nullptr && !distribution->is_constant();
  }));
}

void check_steps(const Plan& plan, Findings& findings) {
  auto steps = steps_by_name(plan);
  for (std::size_t i = 0; i < plan.correlated.size(); ++i) {
    const auto& names = plan.correlated[i].steps;
    for (std::size_t j = 0; j < names.size(); ++j) {
      if (findings.full()) return;
      auto step = steps.find(names[j]);
      if (step == steps.end() || !findings.clean(pointer_of(plan, *step->second) + "/takes")) continue;
      std::size_t count = random_parts(*step->second);
      if (count == 1) continue;
      findings.error(pointer_of(plan) + "/correlated/" + std::to_string(i) + "/steps/" + std::to_string(j),
                     in_quotes(names[j]) + " has " + (count == 0 ? "no random part" : std::to_string(count) + " random parts") + " in `takes`; expected exactly one");
    }
  }
}

// Pairs that no group names are independent; of a pair that two groups name, the later holds.
void check_matrix(const Plan& plan, Findings& findings) {
  if (findings.full()) return;
  std::unordered_map<std::string, Eigen::Index> places;
  for (const Correlation& group : plan.correlated)
    for (const std::string& name : group.steps) places.emplace(name, static_cast<Eigen::Index>(places.size()));
  const std::string pointer = pointer_of(plan) + "/correlated";
  if (places.size() > most_steps) return findings.error(pointer, "more than " + std::to_string(most_steps) + " correlated steps");
  if (places.empty() || !findings.clean(pointer)) return;
  auto size = static_cast<Eigen::Index>(places.size());
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Identity(size, size);
  for (const Correlation& group : plan.correlated)
    for (const std::string& a : group.steps)
      for (const std::string& b : group.steps)
        if (a != b) matrix(places.at(a), places.at(b)) = group.rho;
  double least = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(matrix, Eigen::EigenvaluesOnly).eigenvalues().minCoeff();
  if (least < -1e-9) findings.error(pointer, "these correlations contradict each other (their matrix is not positive semi-definite); expected weaker ones");
}

}  // namespace

void check_correlations(const Scenario& scenario, Findings& findings) {
  for (const Plan& plan : scenario.plans) {
    check_steps(plan, findings);
    check_matrix(plan, findings);
  }
}

}  // namespace muster
