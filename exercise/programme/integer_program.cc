#include "exercise/programme/integer_program.h"

#include <coin/Cbc_C_Interface.h>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>

#include "exercise/loaded_library.h"

namespace muster {
namespace {

struct Cbc {
  LoadedLibrary library{MUSTER_CBC, "the solver CBC"};
#define MUSTER_CBC_FUNCTION(name) decltype(Cbc_##name)* const name = library.named<decltype(Cbc_##name)>("Cbc_" #name)
  MUSTER_CBC_FUNCTION(newModel);
  MUSTER_CBC_FUNCTION(deleteModel);
  MUSTER_CBC_FUNCTION(loadProblem);
  MUSTER_CBC_FUNCTION(setInteger);
  MUSTER_CBC_FUNCTION(setLogLevel);
  MUSTER_CBC_FUNCTION(setParameter);
  MUSTER_CBC_FUNCTION(solve);
  MUSTER_CBC_FUNCTION(isProvenInfeasible);
  MUSTER_CBC_FUNCTION(isProvenOptimal);
  MUSTER_CBC_FUNCTION(bestSolution);
  MUSTER_CBC_FUNCTION(getColSolution);
#undef MUSTER_CBC_FUNCTION
};

const Cbc& cbc() {
  static const Cbc loaded;
  return loaded;
}

struct Freed {
  void operator()(Cbc_Model* model) const { cbc().deleteModel(model); }
};

}  // namespace

int IntegerProgram::variable(int low, int high, double cost) {
  lows_.push_back(low);
  highs_.push_back(high);
  costs_.push_back(cost);
  return static_cast<int>(costs_.size()) - 1;
}

void IntegerProgram::fix(int variable, int value) { lows_[static_cast<std::size_t>(variable)] = highs_[static_cast<std::size_t>(variable)] = value; }

void IntegerProgram::row(double low, double high, Terms terms) { rows_.push_back({low, high, std::move(terms)}); }

IntegerProgram::Answer IntegerProgram::solve(int nodes) const {
  Answer answer;
  // Rows of nothing are judged here: the solver's presolve is not asked about the trivial.
  for (const Row& row : rows_)
    if (row.terms.empty() && (row.low > 0 || row.high < 0)) return {Outcome::infeasible, {}, 0};
  if (costs_.empty()) return {Outcome::optimal, {}, 0};
  const std::size_t columns = costs_.size();
  std::vector<int> starts(columns + 1, 0);
  std::vector<double> lows, highs;
  for (const Row& row : rows_) {
    lows.push_back(row.low);
    highs.push_back(row.high);
    for (const auto& [variable, factor] : row.terms) ++starts[static_cast<std::size_t>(variable) + 1];
  }
  for (std::size_t i = 0; i < columns; ++i) starts[i + 1] += starts[i];
  std::vector<int> rows(static_cast<std::size_t>(starts[columns])), filled(starts.begin(), starts.end() - 1);
  std::vector<double> factors(rows.size());
  for (std::size_t r = 0; r < rows_.size(); ++r)
    for (const auto& [variable, factor] : rows_[r].terms) {
      const auto at = static_cast<std::size_t>(filled[static_cast<std::size_t>(variable)]++);
      rows[at] = static_cast<int>(r);
      factors[at] = factor;
    }
  const std::unique_ptr<Cbc_Model, Freed> model(cbc().newModel());
  cbc().loadProblem(model.get(), static_cast<int>(columns), static_cast<int>(rows_.size()), starts.data(), rows.data(), factors.data(), lows_.data(), highs_.data(), costs_.data(),
                  lows.data(), highs.data());
  for (std::size_t i = 0; i < columns; ++i) cbc().setInteger(model.get(), static_cast<int>(i));
  cbc().setLogLevel(model.get(), 0);
  cbc().setParameter(model.get(), "maxNodes", std::to_string(nodes).c_str());
  cbc().setParameter(model.get(), "ratioGap", "0");
  cbc().solve(model.get());
  if (cbc().isProvenInfeasible(model.get())) return {Outcome::infeasible, {}, 0};
  const double* solution = cbc().bestSolution(model.get());
  if (cbc().isProvenOptimal(model.get()) && !solution) solution = cbc().getColSolution(model.get());
  if (!solution) return answer;
  answer.outcome = cbc().isProvenOptimal(model.get()) ? Outcome::optimal : Outcome::feasible;
  for (std::size_t i = 0; i < columns; ++i) {
    answer.values.push_back(static_cast<int>(std::lround(solution[i])));
    answer.cost += costs_[i] * answer.values.back();
  }
  return answer;
}

}  // namespace muster
