#include "sim/rare.h"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "models/statistics.h"
#include "models/study_result.h"
#include "sim/blocks.h"

namespace muster {
namespace {

constexpr double part_kept = 0.2;          ///< of a population, at a level
constexpr int tries = 4;                   ///< changes of each, at a stage
constexpr std::size_t most_stages = 60;
constexpr double least_effective = 0.5;    ///< of a population, when dice are made truer
constexpr std::uint32_t first_runs = 20;   ///< which say how many are needed
constexpr int patience = 12;               ///< rounds of changes in search of a way on

std::array<std::uint32_t, 2> key_of(const Program& p, const RareTarget& target, std::uint64_t seed, std::uint32_t purpose, std::uint32_t number) {
  const std::uint64_t name = stream("rare/" + p.outage + "/" + p.node_names[static_cast<std::size_t>(target.service)] + (target.loss ? "/rpo" : "/rto")).name;
  const auto words = philox({number, purpose, static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(name >> 32)},
                            {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return {words[0], words[1]};
}

double effective(const std::vector<double>& weights) {
  double sum = 0, squares = 0;
  for (double w : weights) {
    sum += w;
    squares += w * w;
  }
  return squares > 0 ? sum * sum / squares : 0;
}

double mean_of(const std::vector<double>& weights) {
  double sum = 0;
  for (double w : weights) sum += w;
  return sum / static_cast<double>(weights.size());
}

/// Finds levels and degrees as it goes.
class Pilot {
 public:
  Pilot(const Program& program, const RareTarget& target, const Loadings& loadings, std::uint32_t size, std::array<std::uint32_t, 2> key)
      : target_(target), route_{loadings, {}, {}, {}, false, 0, 0}, population_(program, target, route_.loadings, size), size_(size) {
    population_.begin(key);
    route_.arrives = climb() && make_true();
    route_.furthest = *std::max_element(population_.scores().begin(), population_.scores().end());
    route_.replications = population_.replications();
  }
  Route& route() { return route_; }
  Loadings learned() const { return route_.loadings.fitted(population_.hands(), weights_); }

 private:
  void settle(double degree, double level) {
    for (int i = 0; i < tries; ++i) {
      const double moved = population_.move(share_, degree, level);
      if (moved > 0.5) share_ = std::min(1.0, share_ * 1.5);
      if (moved < 0.25) share_ = std::max(0.01, share_ / 1.5);
    }
    route_.shares.push_back(share_);
  }

  bool climb() {
    const auto wanted = static_cast<std::uint32_t>(part_kept * size_);
    double level = -1;
    while (level < target_.beyond) {
      if (route_.levels.size() == most_stages) return false;
      double next = target_.beyond;
      if (population_.above(next) < wanted) {
        std::vector<double> sorted = population_.scores();
        std::nth_element(sorted.begin(), sorted.begin() + wanted, sorted.end(), std::greater<>());
        next = sorted[wanted];
        // Where many are equal, few may lie beyond; they are looked for.
        for (int i = 0; i < patience && population_.above(next) < wanted / 10; ++i) population_.move(share_, 1, level);
        if (population_.above(next) == 0) return false;
      }
      route_.levels.push_back(next);
      population_.keep_above(next);
      settle(1, level = next);
    }
    return true;
  }

  bool make_true() {
    double degree = 1;
    for (;;) {
      if (route_.degrees.size() == most_stages) return false;
      population_.weigh(degree, 0, weights_);
      if (effective(weights_) >= least_effective * size_) {
        route_.degrees.push_back(0);
        return true;
      }
      double low = 0, high = degree;  // the weights are even enough at `high`
      for (int i = 0; i < 10; ++i) {
        const double middle = (low + high) / 2;
        population_.weigh(degree, middle, weights_);
        (effective(weights_) >= least_effective * size_ ? high : low) = middle;
      }
      if (high == degree) high = (low + degree) / 2;
      population_.weigh(degree, high, weights_);
      population_.resample(weights_);
      route_.degrees.push_back(degree = high);
      settle(degree, target_.beyond);
    }
  }

  RareTarget target_;
  Route route_;
  Population population_;
  std::uint32_t size_;
  double share_ = 0.5;
  std::vector<double> weights_;
};

/// How many values and coins a replication asks for.
std::pair<double, double> asked(const Program& program, const RareTarget& target, std::array<std::uint32_t, 2> key) {
  const Loadings none{{Loading(0, 0, 1, 1)}, {1}};
  Population some(program, target, none, 100);
  some.begin(key);
  double values = 0, coins = 0;
  for (const Hand& hand : some.hands())
    for (const Card& card : hand) (card.is_coin() ? coins : values) += 1.0 / 100;
  return {values, coins};
}

/// Nothing where the plain replications tell it well enough, or the target cannot be missed.
std::optional<RareMiss> seen(const TargetResult& target, std::int32_t column, std::uint64_t replications, double error) {
  if (column == none) return {};
  RareMiss out;
  out.target = target.target;
  out.plain_replications = replications;
  out.plain_misses = static_cast<std::uint64_t>(std::llround((1 - target.share.met) * static_cast<double>(replications)));
  if (static_cast<double>(out.plain_misses) * error * error >= 1) return {};
  return out;
}

}  // namespace

Route find_route(const Program& program, const RareTarget& target, const RareOptions& options) {
  const auto [values, coins] = asked(program, target, key_of(program, target, options.seed, 0, 0));
  Pilot first(program, target, {{Loading(1.5, 1.5, values, coins)}, {1}}, 4 * options.size, key_of(program, target, options.seed, 0, 1));
  std::uint64_t spent = first.route().replications + 100;
  if (!first.route().arrives) {
    first.route().replications = spent;
    return first.route();
  }
  Pilot second(program, target, first.learned(), 4 * options.size, key_of(program, target, options.seed, 0, 2));
  spent += second.route().replications;
  Route found = second.route().arrives ? second.route() : first.route();
  if (second.route().arrives) {
    Pilot third(program, target, second.learned(), 4 * options.size, key_of(program, target, options.seed, 0, 3));
    spent += third.route().replications;
    if (third.route().arrives) found = third.route();
  }
  found.replications = spent;
  return found;
}

double rare_estimate(const Program& program, const RareTarget& target, const RareOptions& options, const Route& route, std::uint32_t number,
                     std::uint64_t& replications) {
  Population population(program, target, route.loadings, options.size);
  population.begin(key_of(program, target, options.seed, 1, number));
  double estimate = 1;
  auto share = route.shares.begin();
  std::vector<double> weights;
  for (const double level : route.levels) {
    const std::uint32_t left = population.above(level);
    estimate *= static_cast<double>(left) / options.size;
    if (left == 0) break;
    population.keep_above(level);
    for (int i = 0; i < tries; ++i) population.move(*share, 1, level);
    ++share;
  }
  double degree = 1;
  for (std::size_t i = 0; i < route.degrees.size() && estimate > 0; ++i) {
    population.weigh(degree, route.degrees[i], weights);
    estimate *= mean_of(weights);
    degree = route.degrees[i];
    if (i + 1 == route.degrees.size()) break;
    population.resample(weights);
    for (int k = 0; k < tries; ++k) population.move(*share, degree, target.beyond);
    ++share;
  }
  replications += population.replications();
  return estimate;
}

std::optional<RareMiss> rare_chance(const Program& program, const RareTarget& target, const RareOptions& options, const ProgressSink& progress,
                                    const std::atomic<bool>* interrupted, Progress where) {
  if (interrupted && *interrupted) return {};
  const double began = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  RareMiss out;
  out.service = program.node_names[static_cast<std::size_t>(target.service)];
  out.what = target.loss ? RareMiss::What::rpo : RareMiss::What::rto;
  out.target = target.beyond;
  const Route route = find_route(program, target, options);
  out.replications = route.replications;
  out.furthest = route.furthest;
  if (route.arrives) {
    Moments estimates;
    struct One {
      double estimate;
      std::uint64_t replications;
    };
    std::uint64_t spent = 0;
    const auto run_to = [&](std::uint64_t runs) {
      where.total = runs;
      return run_blocks({estimates.count, runs, 1, options.threads, interrupted}, where, progress,
                 [&] {
                   return [&](std::uint64_t number, std::uint64_t) {
                     One one{0, 0};
                     one.estimate = rare_estimate(program, target, options, route, static_cast<std::uint32_t>(number), one.replications);
                     return one;
                   };
                 },
                 [&](std::uint64_t, std::uint64_t, One one) {
                   estimates.add(one.estimate);
                   spent += one.replications;
                 }) == runs;
    };
    if (!run_to(first_runs)) return {};
    // How many are needed is judged once, so that the mean is not stopped where it happens to look well.
    const double spread = estimates.mean > 0 ? estimates.sd() / estimates.mean / options.error : 1e9;
    const double affordable = static_cast<double>(options.most_replications) / (static_cast<double>(spent) / first_runs);
    const double needed = std::min(spread * spread * 1.1, affordable);
    if (needed > first_runs && !run_to(static_cast<std::uint64_t>(std::ceil(needed)))) return {};
    out.replications += spent;
    out.runs = estimates.count;
    const double n = static_cast<double>(estimates.count), error = estimates.sd() / std::sqrt(n);
    out.found = estimates.mean > 0;
    out.chance = estimates.mean;
    out.relative_error = out.found ? error / estimates.mean : 0;
    const double half = student_95(n - 1) * error;
    out.ci = {std::max(0.0, estimates.mean - half), std::min(1.0, estimates.mean + half)};
    if (out.found && error > 0) out.replaced = (1 - out.chance) / (out.chance * out.relative_error * out.relative_error);
  }
  out.seconds = static_cast<double>(std::clock()) / CLOCKS_PER_SEC - began;
  return out;
}

std::vector<RareMiss> rare_misses(const Program& program, const Columns& columns, const OutageResult& plain, const RareOptions& options,
                                  const ProgressSink& progress, const std::atomic<bool>* interrupted, const Progress& where) {
  std::vector<RareMiss> out;
  for (std::size_t s = 0; s < plain.services.size(); ++s) {
    const auto& objective = plain.services[s].objective;
    if (!objective) continue;
    using What = RareMiss::What;
    for (const auto& [what, target] : {std::pair{What::rto, &objective->rto}, std::pair{What::rpo, &objective->rpo}, std::pair{What::mtpd, &objective->mtpd}}) {
      if (!*target) continue;
      const auto known = seen(**target, (what == What::rpo ? columns.rpo_of : columns.rto_of)[s], plain.replications, options.error);
      if (!known) continue;
      const RareTarget beyond{static_cast<std::int32_t>(s), what == What::rpo, known->target};
      auto found = rare_chance(program, beyond, options, progress, interrupted, where);
      if (!found) return out;
      found->what = what;
      found->plain_misses = known->plain_misses;
      found->plain_replications = known->plain_replications;
      if (!found->found) {
        found->chance = static_cast<double>(known->plain_misses) / static_cast<double>(known->plain_replications);
        found->ci = clopper_pearson(known->plain_misses, known->plain_replications);
      }
      out.push_back(*std::move(found));
    }
  }
  return out;
}

}  // namespace muster
