#include "exercise/programme/integer_program.h"

#include <coin/Cbc_C_Interface.h>

#include <cmath>
#include <memory>
#include <string>

namespace muster {
namespace {

struct Freed {
  void operator()(Cbc_Model* model) const { Cbc_deleteModel(model); }
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
  const std::unique_ptr<Cbc_Model, Freed> model(Cbc_newModel());
  Cbc_loadProblem(model.get(), static_cast<int>(columns), static_cast<int>(rows_.size()), starts.data(), rows.data(), factors.data(), lows_.data(), highs_.data(), costs_.data(),
                  lows.data(), highs.data());
  for (std::size_t i = 0; i < columns; ++i) Cbc_setInteger(model.get(), static_cast<int>(i));
  Cbc_setLogLevel(model.get(), 0);
  Cbc_setParameter(model.get(), "maxNodes", std::to_string(nodes).c_str());
  Cbc_setParameter(model.get(), "ratioGap", "0");
  Cbc_solve(model.get());
  if (Cbc_isProvenInfeasible(model.get())) return {Outcome::infeasible, {}, 0};
  const double* solution = Cbc_bestSolution(model.get());
  if (Cbc_isProvenOptimal(model.get()) && !solution) solution = Cbc_getColSolution(model.get());
  if (!solution) return answer;
  answer.outcome = Cbc_isProvenOptimal(model.get()) ? Outcome::optimal : Outcome::feasible;
  for (std::size_t i = 0; i < columns; ++i) {
    answer.values.push_back(static_cast<int>(std::lround(solution[i])));
    answer.cost += costs_[i] * answer.values.back();
  }
  return answer;
}

}  // namespace muster
