#include "tests/sim/phase_type.h"

#include <Eigen/SparseLU>
#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>

namespace muster {
namespace {

enum Status : int { blocked = -4, uncalled = -3, waiting = -2, replaced = -1, done = -5 };  // 0, 1, …: running that attempt

/// Where the plan is: the status of each step, and who waits for seats, first come first.
struct State {
  std::vector<int> status;
  std::vector<int> queue;
  auto operator<=>(const State&) const = default;
};

class Chain {
 public:
  Chain(const Scenario& scenario, const Plan& plan) : plan_(plan) {
    for (const Role& r : scenario.roles) {
      if (r.responds) throw std::invalid_argument("phase type: a role that responds");
      seats_[r.name] = r.count;
    }
    for (std::size_t i = 0; i < plan.steps.size(); ++i) index_[plan.steps[i].name] = static_cast<int>(i);
    caller_.assign(plan.steps.size(), -1);
    for (const Step& s : plan.steps) {
      if (!s.needs.empty() || !s.otherwise.empty() || !s.uses.empty() || s.every || s.timeout || s.waits_at_most || !s.only_if.empty() ||
          s.takes.size() > 1 || (s.on_failure == OnFailure::stop && s.fails > 0) || s.priority != 0 || (s.takes.empty() && (!s.by.empty() || s.fails > 0)))
        throw std::invalid_argument("phase type: step " + s.name + " is beyond the solver");
      if (!s.replacement.empty()) caller_[static_cast<std::size_t>(index_.at(s.replacement))] = index_.at(s.name);
    }
  }

  State first() const {
    State s;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) s.status.push_back(caller_[i] < 0 ? blocked : uncalled);
    settle(s);
    return s;
  }
  bool over(const State& s) const {
    return std::all_of(s.status.begin(), s.status.end(), [](int x) { return x == done; });
  }
  /// (rate, next state) of everything that can happen next.
  std::vector<std::pair<double, State>> next(const State& s) const {
    std::vector<std::pair<double, State>> out;
    for (std::size_t i = 0; i < s.status.size(); ++i) {
      if (s.status[i] < 0) continue;
      const Step& step = plan_.steps[i];
      const double rate = 1 / std::get<Exponential>(std::get<Distribution>(step.takes[0]).law()).mean;
      if (step.fails < 1) {
        State ok = s;
        finish(ok, i);
        settle(ok);
        out.emplace_back(rate * (1 - step.fails), ok);
      }
      if (step.fails > 0) {
        State bad = s;
        if (s.status[i] + 1 < step.attempts) {
          ++bad.status[i];
        } else if (step.on_failure == OnFailure::replace) {
          bad.status[i] = replaced;
          bad.status[static_cast<std::size_t>(index_.at(step.replacement))] = blocked;
          settle(bad);
        } else {
          finish(bad, i);
          settle(bad);
        }
        out.emplace_back(rate * step.fails, bad);
      }
    }
    return out;
  }

 private:
  void finish(State& s, std::size_t i) const {
    s.status[i] = done;
    const std::string& fallback = plan_.steps[i].replacement;
    if (!fallback.empty() && s.status[static_cast<std::size_t>(index_.at(fallback))] == uncalled) finish(s, static_cast<std::size_t>(index_.at(fallback)));
    const int caller = caller_[i];
    if (caller >= 0 && s.status[static_cast<std::size_t>(caller)] == replaced) finish(s, static_cast<std::size_t>(caller));
  }
  /// Everything that happens at one instant: who becomes ready, asks in file order, and is given seats.
  void settle(State& s) const {
    std::vector<int> asking;
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = 0; i < s.status.size(); ++i) {
        const Step& step = plan_.steps[i];
        if (s.status[i] != blocked || !std::all_of(step.after.begin(), step.after.end(), [&](const std::string& a) {
              return s.status[static_cast<std::size_t>(index_.at(a))] == done;
            }))
          continue;
        more = true;
        if (step.takes.empty()) {
          finish(s, i);
        } else if (step.by.empty()) {
          s.status[i] = 0;
        } else {
          s.status[i] = waiting;
          asking.push_back(static_cast<int>(i));
        }
      }
    }
    std::sort(asking.begin(), asking.end());
    s.queue.insert(s.queue.end(), asking.begin(), asking.end());
    std::map<std::string, int> free = seats_;
    for (std::size_t i = 0; i < s.status.size(); ++i)
      if (s.status[i] >= 0)
        for (const Seats& seat : plan_.steps[i].by) free[seat.of] -= seat.count;
    std::erase_if(s.queue, [&](int i) {
      const auto& by = plan_.steps[static_cast<std::size_t>(i)].by;
      if (std::any_of(by.begin(), by.end(), [&](const Seats& seat) { return free[seat.of] < seat.count; })) return false;
      for (const Seats& seat : by) free[seat.of] -= seat.count;
      s.status[static_cast<std::size_t>(i)] = 0;
      return true;
    });
  }

  const Plan& plan_;
  std::map<std::string, int> seats_, index_;
  std::vector<int> caller_;
};

}  // namespace

PhaseType::PhaseType(const Scenario& scenario, const Plan& plan) {
  const Chain chain(scenario, plan);
  std::map<State, int> number{{chain.first(), 0}};
  std::vector<State> open{chain.first()};
  if (chain.over(open[0])) throw std::invalid_argument("phase type: nothing takes time");
  std::vector<Eigen::Triplet<double>> entries;
  for (std::size_t i = 0; i < open.size(); ++i) {
    double exit = 0;
    for (auto& [rate, to] : chain.next(State(open[i]))) {
      exit += rate;
      if (chain.over(to)) continue;
      const auto [it, fresh] = number.emplace(to, static_cast<int>(open.size()));
      if (fresh) open.push_back(to);
      entries.emplace_back(static_cast<int>(i), it->second, rate);
    }
    entries.emplace_back(static_cast<int>(i), static_cast<int>(i), -exit);
    fastest_ = std::max(fastest_, exit);
  }
  const auto n = static_cast<Eigen::Index>(open.size());
  generator_.resize(n, n);
  generator_.setFromTriplets(entries.begin(), entries.end());
  const Eigen::SparseMatrix<double> columns = -generator_;
  Eigen::SparseLU<Eigen::SparseMatrix<double>> lu(columns);
  const Eigen::VectorXd first = lu.solve(Eigen::VectorXd::Ones(n)), second = lu.solve(2 * first);
  mean_ = first[0];
  second_ = second[0];
}

double PhaseType::cdf(double t) const {
  if (t <= 0) return 0;
  Eigen::RowVectorXd p = Eigen::RowVectorXd::Zero(generator_.rows());
  p[0] = 1;
  const double jumps = fastest_ * t;
  double log_weight = -jumps, left = 0, weights = 0;
  for (int k = 0; k < 1'000'000 && (weights < 1 - 1e-11 || k < jumps); ++k) {
    const double weight = std::exp(log_weight);
    left += weight * p.sum();
    weights += weight;
    p += p * generator_ / fastest_;
    log_weight += std::log(jumps / (k + 1));
  }
  return 1 - left;
}

}  // namespace muster
