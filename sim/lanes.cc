#include "sim/lanes.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "models/elementary.h"
#include "sim/copies.h"

namespace muster {
namespace {

constexpr double forever = Program::forever;
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

void Lanes::Free::operator()(void* p) const { std::free(p); }

double* Lanes::array() {
  void* p = std::aligned_alloc(64, sizeof(double) * lanes::capacity);
  if (!p) throw std::bad_alloc();
  arrays_.emplace_back(static_cast<double*>(p));
  std::fill_n(arrays_.back().get(), lanes::capacity, 0.0);
  return arrays_.back().get();
}

Lanes::Lanes(const Program& program, const LanePlan& plan, const LaneKernels& kernels)
    : p_(program), plan_(plan), k_(kernels) {
  const auto arrays = [this](std::size_t n) {
    std::vector<double*> out;
    for (std::size_t i = 0; i < n; ++i) out.push_back(array());
    return out;
  };
  const std::size_t steps = p_.steps.size(), nodes = p_.nodes.size();
  finish_ = arrays(steps);
  won_ = finish_;
  called_.resize(steps);
  ready_then_.resize(steps);
  needed_then_.resize(steps);
  transfer_from_.resize(steps);
  transfer_to_.resize(steps);
  began_.resize(steps);
  for (const LanePlan::Step& planned : plan_.order) {
    const std::size_t s = at(planned.step);
    const auto& step = p_.steps[s];
    if (step.caller != none) called_[s] = array();
    if (step.recovers.size() > 0 && !(planned.simple && certain(planned.step))) won_[s] = array();
    if (planned.unsure) {
      ready_then_[s] = array();
      needed_then_[s] = array();
    }
    bool transfers = false;
    for (std::uint32_t i = step.parts.begin; i < step.parts.end; ++i) transfers |= p_.parts[i].kind == Program::Part::Kind::transfer;
    if (transfers) {
      transfer_from_[s] = array();
      transfer_to_[s] = array();
      transfers_.push_back(planned.step);
    }
    for (const std::int32_t o : planned.overtaken)
      if (!began_[at(o)]) began_[at(o)] = array();
  }
  seats_ = arrays(plan_.seats);
  make_queue();
  delays_ = arrays(plan_.seats);
  off_delays_ = arrays(p_.onset_matters ? plan_.seats : 0);
  onset_ = array();
  struck_at_.resize(nodes);
  only_if_.resize(nodes);
  for (const auto& step : p_.steps)
    for (std::uint32_t i = step.only_if.begin; i < step.only_if.end; ++i) only_if_[at(p_.pool[i])] = 1;
  last_asked_ = arrays(p_.resources.size());
  held_until_ = arrays(p_.resources.size());
  correlated_ = arrays(p_.correlated_steps.size());
  normals_ = arrays(p_.correlated_steps.size());
  zero_ = array();
  up_.assign(nodes, zero_);
  repair_.assign(nodes, nullptr);
  by_repair_.resize(nodes);
  region_hit_.resize(nodes);
  recoverers_.resize(nodes);
  for (std::size_t s = 0; s < steps; ++s)
    for (std::uint32_t i = p_.steps[s].recovers.begin; i < p_.steps[s].recovers.end; ++i)
      recoverers_[at(p_.pool[i])].push_back(static_cast<std::int32_t>(s));
  for (const auto& strike : p_.strikes) {
    for (std::uint32_t i = strike.nodes.begin; i < strike.nodes.end; ++i) {
      double*& repair = repair_[at(p_.pool[i])];
      if (!repair) repair = array();
      if (!strike.at_onset && !struck_at_[at(p_.pool[i])]) struck_at_[at(p_.pool[i])] = array();
    }
    for (std::uint32_t i = strike.regions.begin; i < strike.regions.end; ++i)
      region_hit_[at(p_.pool[i])].assign(lanes::capacity, 0);
    repairs_ |= strike.own_lasts || p_.has_lasts;
  }
  const auto touch = [&](std::int32_t n) {
    bool touched = repair_[at(n)] != nullptr;
    const Span clauses = p_.nodes[at(n)].clauses;
    for (std::uint32_t c = clauses.begin; c < clauses.end; ++c)
      for (std::uint32_t m = p_.clauses[c].members.begin; m < p_.clauses[c].members.end; ++m)
        touched |= up_[at(p_.pool[m])] != zero_;
    if (!touched) return;
    up_[at(n)] = array();
    touched_.push_back(n);
  };
  for (std::int32_t n = p_.services; n < static_cast<std::int32_t>(nodes); ++n) touch(n);
  for (const std::int32_t n : p_.service_order) touch(n);
  for (const std::int32_t n : touched_) by_repair_[at(n)].assign(lanes::capacity, 0);
  for (std::size_t s = 0; s < steps; ++s) {
    bool covered = false;
    for (std::uint32_t i = p_.steps[s].successors.begin; i < p_.steps[s].successors.end; ++i)
      covered |= p_.steps[at(p_.pool[i])].caller == none && p_.steps[at(p_.pool[i])].every == 0;
    if (!covered && p_.steps[s].every == 0) sinks_.push_back(static_cast<std::int32_t>(s));
  }
  plan_end_ = array();
  recovery_ = array();
  scratch_ = array();
  length_ = array();
  part_ = array();
  times_ = array();
  more_times_ = array();
  ends_ = array();
  limit_ = array();
  ready_ = array();
  retry_ = array();
  deadline_ = array();
  words_ = reinterpret_cast<std::uint64_t*>(array());
  all_ = reinterpret_cast<std::uint32_t*>(array());
  replications_ = reinterpret_cast<std::uint32_t*>(array());
  some_ = reinterpret_cast<std::uint32_t*>(array());
  for (std::uint32_t i = 0; i < lanes::capacity; ++i) all_[i] = i;
  region_now_.resize(nodes);
  members_.reserve(nodes);
  bad_.assign(lanes::capacity, 0);
  timed_out_.assign(lanes::capacity, 0);
  for (auto* list : {&list_, &asking_, &starting_, &failed_, &again_, &lost_, &places_})
    list->resize(lanes::capacity + 8);
}

void Lanes::run(std::uint64_t seed, std::uint32_t first, std::uint32_t n) {
  seed_ = seed;
  first_ = first;
  n_ = n;
  any_bad_ = false;
  std::fill(bad_.begin(), bad_.end(), 0);
  for (std::uint32_t i = 0; i < lanes::capacity; ++i) replications_[i] = first + i;
  strike();
  if (!p_.correlated_steps.empty()) correlate();
  if (p_.onset_matters) {
    for (std::uint32_t i = 0; i < n_; ++i) {
      const Draw when = draw(seed_, replications_[i], p_.onset_stream);
      const double place = uniform(when).value(), week = second_uniform(when).value();
      onset_[i] = p_.starts ? onset_instant(p_.zone, *p_.starts, week) : onset_instant(p_.zone, week, place);
    }
  }
  for (std::size_t r = 0; r < plan_.resources.size(); ++r) {
    const auto& resource = plan_.resources[r];
    if (!resource.limited) continue;
    if (p_.resources[r].responds) call_people(r);
    for (std::uint32_t k = 0; k < resource.count; ++k)
      std::fill_n(seats_[resource.first + k], n_, p_.resources[r].responds ? -1.0 : 0.0);
    if (!resource.looked_at) continue;
    std::fill_n(last_asked_[r], n_, -1.0);
    std::fill_n(held_until_[r], n_, -1.0);
  }
  if (plan_.unsure)
    for (std::size_t s = 0; s < finish_.size(); ++s) {
      std::fill_n(finish_[s], n_, forever);
      std::fill_n(won_[s], n_, forever);
    }
  for (std::size_t i = 0; i < plan_.order.size(); ++i) {
    if (i == plan_.queue_at) queue();
    const LanePlan::Step& planned = plan_.order[i];
    if (planned.simple)
      simple(planned);
    else
      general(planned);
    if (planned.last_of_tree && plan_.trees[at(plan_.tree[at(planned.step)])].size() > 1)
      end_tree(plan_.tree[at(planned.step)]);
  }
  if (plan_.queue_at == plan_.order.size()) queue();
  for (const std::int32_t node : touched_) bring_up(node);
  if (plan_.unsure) look_at_needs();
  const double* ends = sinks_.empty() ? zero_ : finish_[at(sinks_.front())];
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    if (i > 0) k_.latest(plan_end_, ends, finish_[at(sinks_[i])], n_);
    if (i > 0) ends = plan_end_;
  }
  if (sinks_.size() <= 1) std::copy_n(ends, n_, plan_end_);
  std::fill_n(recovery_, n_, 0.0);
  for (const std::int32_t node : touched_)
    if (node < p_.services) k_.latest(recovery_, recovery_, up_[at(node)], n_);
  if (repairs_ && p_.commits_at != none) wait_for_commitment();
}

/// What a repair does before the plan is committed takes true events; at that instant it may come before or after.
void Lanes::wait_for_commitment() {
  const double* committed = finish_[at(p_.commits_at)];
  for (const double* repair : repair_)
    for (std::uint32_t i = 0; repair && i < n_; ++i)
      if (repair[i] >= 0 && repair[i] <= committed[i] && repair[i] < forever) condemn(i);
}

void Lanes::words(Stream name, std::uint32_t place, Word which, const std::uint32_t* list, std::uint32_t n, std::uint64_t* out) {
  const LaneDraw d{seed_, name.name, place, static_cast<std::uint32_t>(which)};
  if (list == all_ && first_ % 32 == 0)
    k_.words(d, first_, n, out);
  else
    k_.words_of(d, replications_of(list, n), n, out);
}

/// The places in the list whose coins show heads.
std::uint32_t Lanes::toss(Stream name, std::uint32_t place, double probability, const std::uint32_t* list, std::uint32_t n, std::uint32_t* found) {
  words(name, place, Word::coin, list, n, words_);
  bool undecided = false;
  std::uint32_t count = k_.heads(words_, probability, n, found, undecided);
  if (!undecided) return count;
  count = 0;
  for (std::uint32_t k = 0; k < n; ++k)
    if (heads({seed_, name, replications_[list[k]], place}, probability)) found[count++] = k;
  return count;
}

void Lanes::sample(const Sampler& law, Stream name, std::uint32_t place, const std::uint32_t* list, std::uint32_t n, double* out) {
  const QuantileTable& table = p_.tables[at(law.table)];
  if (table.rows()) {
    words(name, place, Word::value, list, n, words_);
    if (!k_.quantile(table.rows(), words_, n, out)) return;
  }
  for (std::uint32_t k = 0; k < n; ++k)
    if (!table.rows() || out[k] != out[k]) out[k] = table(uniform({seed_, name, replications_[list[k]], place}));
}

void Lanes::strike() {
  for (double* repair : repair_)
    if (repair) std::fill_n(repair, n_, -1.0);
  for (double* struck : struck_at_)
    if (struck) std::fill_n(struck, n_, -1.0);
  for (auto& hit : region_hit_) std::fill(hit.begin(), hit.end(), 0);
  bool drawn = false;
  for (const auto& s : p_.strikes) {
    std::uint32_t n = n_;
    const std::uint32_t* list = all_;
    if (!s.at_onset) {
      if (s.after.table == none)
        std::fill_n(times_, n_, s.after.constant);
      else
        sample(s.after, s.stream, 0, all_, n_, times_);
    }
    if (s.probability < 1) {
      n = toss(s.stream, 0, s.probability, all_, n_, list_.data());
      list = list_.data();
    }
    const double* lasts = nullptr;
    double constant = forever;
    const Sampler& law = s.own_lasts ? s.lasts : p_.lasts;
    if (s.own_lasts || p_.has_lasts) {
      constant = law.constant;
      if (law.table != none && (s.own_lasts || !drawn))
        sample(law, s.own_lasts ? s.lasts_stream : p_.lasts_stream, 0, all_, n_, s.own_lasts ? length_ : scratch_);
      if (law.table != none) lasts = s.own_lasts ? length_ : scratch_;
      drawn |= !s.own_lasts;
    }
    for (std::uint32_t k = 0; k < s.nodes.size(); ++k) {
      double* repair = repair_[at(p_.pool[s.nodes.begin + k])];
      double* struck = struck_at_[at(p_.pool[s.nodes.begin + k])];
      for (std::uint32_t j = 0; j < n; ++j) {
        const std::uint32_t i = list[j];
        const double when = s.at_onset ? 0 : times_[i], until = lasts ? lasts[i] : constant;
        // Struck at two instants it may be down twice.
        if (struck && struck[i] >= 0 && struck[i] != when) condemn(i);
        if (struck) struck[i] = when;
        repair[i] = std::max(repair[i], when + until);
      }
    }
    for (std::uint32_t i = 0; i < n && (lasts || constant == 0); ++i)
      if ((lasts ? lasts[list[i]] : constant) <= 0)
        condemn(list[i]);  // repaired before the next strike of the same instant
    for (std::uint32_t k = s.regions.begin; k < s.regions.end; ++k)
      for (std::uint32_t i = 0; i < n; ++i) region_hit_[at(p_.pool[k])][list[i]] = 1;
  }
}

/// As Replication::reset() does it.
void Lanes::correlate() {
  const std::size_t n = p_.correlated_steps.size();
  for (std::size_t i = 0; i < n; ++i) {
    const auto& s = p_.steps[at(p_.correlated_steps[i])];
    for (std::uint32_t l = 0; l < n_; ++l) {
      const Uniform01 u = uniform(draw(seed_, replications_[l], s.stream, 0, s.correlated_part));
      normals_[i][l] = u.upper ? -normal_quantile(u.tail) : normal_quantile(u.tail);
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto& s = p_.steps[at(p_.correlated_steps[i])];
    const QuantileTable& table = p_.tables[at(p_.parts[at(p_.pool[s.random.begin])].law.table)];
    for (std::uint32_t l = 0; l < n_; ++l) {
      double z = 0;
      for (std::size_t k = 0; k <= i; ++k) z += p_.correlation_factor[i * n + k] * normals_[k][l];
      const double tail = normal_cdf(z < 0 ? z : -z);
      correlated_[i][l] = table(Uniform01{std::clamp(tail, 0x1p-54, 0.5 - 0x1p-54), z >= 0});
    }
  }
}

void Lanes::call_people(std::size_t r) {
  const auto& role = p_.resources[r];
  draw_delays(r, role.on_hours, delays_.data());
  if (!role.hours.always() && !role.absent_off_hours) draw_delays(r, role.off_hours, off_delays_.data());
}

/// How long after the call each seat of a role is there, the soonest first.
void Lanes::draw_delays(std::size_t r, const Sampler& law, double* const* of_all) {
  double* const* delays = of_all + plan_.resources[r].first;
  for (std::uint32_t k = 0; k < plan_.resources[r].count; ++k) {
    if (law.table == none)
      std::fill_n(delays[k], n_, law.constant);
    else
      sample(law, p_.resources[r].stream, k << 12, all_, n_, delays[k]);
    for (std::uint32_t j = k; j > 0; --j)
      for (std::uint32_t i = 0; i < n_; ++i) {
        const double a = delays[j - 1][i], b = delays[j][i];
        delays[j - 1][i] = std::min(a, b);
        delays[j][i] = std::max(a, b);
      }
  }
}

void Lanes::simple(const LanePlan::Step& planned) {
  const auto s = at(planned.step);
  const auto& step = p_.steps[s];
  const double* ready = zero_;
  for (std::uint32_t i = step.after.begin; i < step.after.end; ++i) {
    const double* before = finish_[at(p_.pool[i])];
    if (i == step.after.begin) {
      ready = before;
    } else {
      k_.latest(times_, ready, before, n_);
      ready = times_;
    }
  }
  if (!planned.asks.empty()) {
    if (ready != times_) std::copy_n(ready, n_, times_);
    ask(planned, times_, all_, n_);
    seat(planned, times_, times_, all_, n_);
    ready = times_;
  }
  double* end = finish_[s];
  attempts(planned.step, ready, end, all_, n_);
  if (lost_count_ > 0) {
    if (step.on_failure == OnFailure::stop)
      for (std::uint32_t i = 0; i < lost_count_; ++i) condemn(lost_[i]);
  }
  if (won_[s] != end) {
    std::copy_n(end, n_, won_[s]);
    for (std::uint32_t i = 0; i < lost_count_; ++i) won_[s][lost_[i]] = forever;
  }
  if (!planned.asks.empty()) take(planned, end, all_, n_);
}

double Lanes::need(const Program::Step& step, std::uint32_t lane) {
  double last = 0;
  for (std::uint32_t c = step.clauses.begin; c < step.clauses.end; ++c)
    last = std::max(last, met(p_.clauses[c], lane));
  return last;
}

/// When the clause is met from then on.
double Lanes::met(const Program::Clause& clause, std::uint32_t lane) {
  members_.clear();
  for (std::uint32_t m = clause.members.begin; m < clause.members.end; ++m)
    members_.push_back(up_[at(p_.pool[m])][lane]);
  const auto kth = members_.begin() + (clause.at_least - 1);
  std::nth_element(members_.begin(), kth, members_.end());
  return *kth;
}

void Lanes::general(const LanePlan::Step& planned) {
  const auto s = at(planned.step);
  const auto& step = p_.steps[s];
  for (const std::int32_t node : planned.needed)
    if (up_[at(node)] != zero_) bring_up(node);
  double *end = finish_[s], *won = won_[s];
  std::fill_n(end, n_, forever);
  if (won != end) std::fill_n(won, n_, forever);
  for (const std::int32_t f : {step.otherwise, step.replacement})
    if (f != none) std::fill_n(called_[at(f)], n_, forever);
  if (began_[s]) std::fill_n(began_[s], n_, -1.0);
  if (planned.unsure) std::fill_n(ready_then_[s], n_, -1.0);
  std::uint32_t asking = 0;
  for (std::uint32_t i = 0; i < n_; ++i) {
    double ready = step.caller != none ? called_[s][i] : 0;
    for (std::uint32_t a = step.after.begin; a < step.after.end; ++a)
      ready = std::max(ready, finish_[at(p_.pool[a])][i]);
    if (planned.step == p_.commits_at) ready = std::max(ready, p_.patience);
    if (ready == forever) continue;
    if (step.only_if.size() > 0) {
      bool struck = false;
      for (std::uint32_t k = step.only_if.begin; k < step.only_if.end; ++k) {
        const double *repair = repair_[at(p_.pool[k])], *when = struck_at_[at(p_.pool[k])];
        struck |= repair && repair[i] >= 0 && (!when || when[i] <= ready);
      }
      if (!struck) {
        end[i] = ready;
        continue;
      }
    }
    ready_[i] = ready;
    const double needed = step.clauses.size() > 0 ? need(step, i) : 0;
    if (planned.instant && (needed == ready || needed == ready + step.waits_at_most)) look_at_instant(planned, i);
    if (planned.unsure) {
      ready_then_[s][i] = ready;
      needed_then_[s][i] = needed;
    }
    if (needed > ready) look_at_strikes(planned, i, ready, forever);  // a later strike must not seem to be what it waits for
    if (needed > ready && step.otherwise != none && step.waits_at_most == forever) {
      called_[at(step.otherwise)][i] = ready;
      continue;
    }
    const double asked = std::max(ready, needed);
    limit_[i] = step.waits_at_most == forever ? forever : ready + step.waits_at_most;
    if (asked > limit_[i]) {
      give_up(planned, i, limit_[i]);
      continue;
    }
    if (asked == forever) continue;
    asking_[asking] = i;
    more_times_[asking++] = asked;
  }
  if (!planned.asks.empty() && asking > 0) {
    ask(planned, more_times_, asking_.data(), asking);
    seat(planned, more_times_, scratch_, asking_.data(), asking);
    std::uint32_t starting = 0;
    for (std::uint32_t k = 0; k < asking; ++k) {
      const std::uint32_t i = asking_[k];
      if (scratch_[k] > limit_[i]) {
        if (began_[s]) began_[s][i] = limit_[i];
        look_at_strikes(planned, i, ready_[i], limit_[i]);
        give_up(planned, i, limit_[i]);
      } else if (scratch_[k] < forever) {
        starting_[starting] = i;
        more_times_[starting++] = scratch_[k];
      }
    }
    asking = starting;
    std::swap(asking_, starting_);
  }
  if (transfer_from_[s] && asking == 0) {
    std::fill_n(transfer_from_[s], n_, forever);
    std::fill_n(transfer_to_[s], n_, -1.0);
  }
  if (asking == 0) return;
  std::copy_n(asking_.begin(), asking, list_.begin());
  for (std::uint32_t k = 0; !planned.needed.empty() && k < asking; ++k) look_at_strikes(planned, list_[k], ready_[list_[k]], more_times_[k]);
  if (transfer_from_[s]) {
    std::fill_n(transfer_from_[s], n_, forever);
    std::fill_n(transfer_to_[s], n_, -1.0);
  }
  attempts(planned.step, more_times_, ends_, list_.data(), asking);
  if (transfer_from_[s]) look_at_transfers(planned.step);
  if (!planned.asks.empty()) take(planned, ends_, list_.data(), asking);
  std::uint32_t lost = 0;
  for (std::uint32_t k = 0; k < asking; ++k) {
    const std::uint32_t i = list_[k];
    if (lost < lost_count_ && lost_[lost] == k) {
      ++lost;
      fail_for_good(planned, i, ends_[k]);
    } else {
      end[i] = ends_[k];
      if (won != end) won[i] = ends_[k];
    }
  }
}

void Lanes::give_up(const LanePlan::Step& planned, std::uint32_t lane, double when) {
  const auto& step = p_.steps[at(planned.step)];
  if (step.otherwise != none)
    called_[at(step.otherwise)][lane] = when;
  else
    fail_for_good(planned, lane, when);
}

void Lanes::fail_for_good(const LanePlan::Step& planned, std::uint32_t lane, double when) {
  const auto& step = p_.steps[at(planned.step)];
  if (step.on_failure == OnFailure::replace)
    called_[at(step.replacement)][lane] = when;
  else if (step.on_failure == OnFailure::stop)
    condemn(lane);
  else
    finish_[at(planned.step)][lane] = when;
}

/// A step that called another ends with it; one that was not called ends with its caller.
void Lanes::end_tree(std::int32_t root) {
  const auto& tree = plan_.trees[at(root)];
  for (auto it = tree.rbegin(); it != tree.rend(); ++it)
    for (const std::int32_t f : {p_.steps[at(*it)].otherwise, p_.steps[at(*it)].replacement})
      for (std::uint32_t i = 0; f != none && i < n_; ++i)
        if (called_[at(f)][i] < forever) finish_[at(*it)][i] = finish_[at(f)][i];
  for (const std::int32_t s : tree)
    for (const std::int32_t f : {p_.steps[at(s)].otherwise, p_.steps[at(s)].replacement})
      for (std::uint32_t i = 0; f != none && i < n_; ++i)
        if (called_[at(f)][i] == forever) finish_[at(f)][i] = finish_[at(s)][i];
}

/// Looks whether this step asks in its turn.
void Lanes::ask(const LanePlan::Step& planned, const double* asked, const std::uint32_t* list,
                std::uint32_t n) {
  for (const std::uint32_t a : planned.asks) {
    const auto r = at(p_.seats[a].resource);
    const auto& resource = plan_.resources[r];
    if (resource.looked_at) {
      double *last = last_asked_[r], *held = held_until_[r];
      for (std::uint32_t k = 0; k < n; ++k) {
        const std::uint32_t i = list[k];
        if (asked[k] < last[i] || (asked[k] == last[i] && !planned.ties) || asked[k] <= held[i]) condemn(i);
        last[i] = std::max(last[i], asked[k]);
      }
    }
    if (!p_.resources[r].responds) continue;
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint32_t i = list[k];
      if (seats_[resource.first][i] >= 0) continue;
      const auto& role = p_.resources[r];
      const double clock = onset_[i] + asked[k];
      const bool on = role.hours.always() || role.hours.on_hours(clock);
      const double absent = !on && role.absent_off_hours ? role.hours.next_on_hours(clock) - clock : 0;
      for (std::uint32_t seat = resource.first; seat < resource.first + resource.count; ++seat)
        seats_[seat][i] = asked[k] + (on ? delays_[seat][i] : role.absent_off_hours ? absent : off_delays_[seat][i]);
    }
  }
  for (const std::int32_t o : planned.overtaken)
    for (std::uint32_t k = 0; k < n; ++k)
      if (asked[k] <= began_[at(o)][list[k]]) condemn(list[k]);
}

/// When the step gets all that it asks for; `start` may be `asked`.
void Lanes::seat(const LanePlan::Step& planned, const double* asked, double* start, const std::uint32_t* list,
                 std::uint32_t n) {
  if (list == all_ && planned.asks.size() == 1 && !planned.several && !began_[at(planned.step)]) {
    k_.latest(start, asked, seats_[plan_.resources[at(p_.seats[planned.asks[0]].resource)].first], n);
    return;
  }
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::uint32_t i = list[k];
    const double before = asked[k];
    double when = before;
    for (const std::uint32_t a : planned.asks) {
      const auto& resource = plan_.resources[at(p_.seats[a].resource)];
      when = std::max(when, seats_[resource.first + static_cast<std::uint32_t>(p_.seats[a].count) - 1][i]);
    }
    if (planned.several && when > before)
      for (const std::uint32_t a : planned.asks) {
        double& held = held_until_[at(p_.seats[a].resource)][i];
        held = std::max(held, when);
      }
    if (began_[at(planned.step)]) began_[at(planned.step)][i] = when;
    start[k] = when;
  }
}

void Lanes::take(const LanePlan::Step& planned, const double* until, const std::uint32_t* list,
                 std::uint32_t n) {
  for (const std::uint32_t a : planned.asks) {
    const auto& resource = plan_.resources[at(p_.seats[a].resource)];
    double* const* seats = seats_.data() + resource.first;
    const auto count = static_cast<std::uint32_t>(p_.seats[a].count);
    if (list == all_ && count == 1) {
      k_.take(seats, resource.count, until, n);
      continue;
    }
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint32_t i = list[k];
      for (std::uint32_t c = 0; c < count;
           ++c) {  // the first `count` are taken; each is put where it belongs
        const std::uint32_t last = resource.count - 1;
        std::uint32_t place = 0;
        const double end = until[k];
        for (; place < last && seats[place + 1][i] < end; ++place) seats[place][i] = seats[place + 1][i];
        seats[place][i] = end;
      }
    }
  }
}

const std::uint32_t* Lanes::replications_of(const std::uint32_t* list, std::uint32_t n) {
  if (list == all_) return replications_;
  for (std::uint32_t k = 0; k < n; ++k) some_[k] = replications_[list[k]];
  for (std::uint32_t k = n; k < lanes::capacity && k < n + 8; ++k) some_[k] = 0;
  return some_;
}

/// `lost_` holds places in the list, ascending.
void Lanes::attempts(std::int32_t s, const double* from, double* to, const std::uint32_t* list,
                     std::uint32_t n) {
  const auto& step = p_.steps[at(s)];
  lost_count_ = 0;
  const std::uint32_t failed = attempt(s, 0, from, to, list, n);
  if (failed == 0) return;
  std::copy_n(failed_.begin(), failed, places_.begin());
  std::uint32_t left = failed;
  for (std::uint32_t k = 1; k < step.attempts && left > 0; ++k) {
    for (std::uint32_t j = 0; j < left; ++j) {
      again_[j] = list[places_[j]];
      retry_[j] = to[places_[j]];
    }
    if (step.retry_after.table != none) {
      sample(step.retry_after, step.retry_stream, (k - 1) << 12, again_.data(), left, length_);
      for (std::uint32_t j = 0; j < left; ++j) retry_[j] += length_[j];
    } else if (step.retry_after.constant != 0) {
      for (std::uint32_t j = 0; j < left; ++j) retry_[j] += step.retry_after.constant;
    }
    const std::uint32_t still = attempt(s, k, retry_, retry_, again_.data(), left);
    for (std::uint32_t j = 0; j < left; ++j) to[places_[j]] = retry_[j];
    for (std::uint32_t j = 0; j < still; ++j) places_[j] = places_[failed_[j]];
    left = still;
  }
  std::copy_n(places_.begin(), left, lost_.begin());
  lost_count_ = left;
}

void Lanes::draw_part(std::int32_t s, const Program::Part& part, std::uint32_t attempt,
                      const std::uint32_t* list, std::uint32_t n, double* out) {
  const auto& step = p_.steps[at(s)];
  if (step.correlated != none && attempt == 0 && part.index == step.correlated_part) {
    for (std::uint32_t k = 0; k < n; ++k) out[k] = correlated_[at(step.correlated)][list[k]];
    return;
  }
  sample(part.law, step.stream, draw(seed_, 0, step.stream, attempt, part.index).place, list, n, out);
}

/// One attempt in each of these lanes; `to` becomes its end and may be `from`. Returns how many failed;
/// `failed_` holds their places.
std::uint32_t Lanes::attempt(std::int32_t s, std::uint32_t number, const double* from, double* to,
                             const std::uint32_t* list, std::uint32_t n) {
  const auto& step = p_.steps[at(s)];
  if (step.plain && step.random.size() == 0 && step.constant <= step.timeout) {
    k_.add_constant(to, from, step.constant, n);
    if (step.timeout < forever) std::fill_n(timed_out_.begin(), n, 0);
  } else if (step.plain) {
    lengths(s, number, list, n, length_);
    k_.add(to, from, length_, n);
  } else {
    if (step.timeout < forever) std::fill_n(timed_out_.begin(), n, 0);
    drained(s, number, from, to, list, n);
  }
  return failures(s, number, list, n);
}

/// Of an attempt of a plain step; marks those that are timed out.
void Lanes::lengths(std::int32_t s, std::uint32_t number, const std::uint32_t* list, std::uint32_t n, double* length) {
  const auto& step = p_.steps[at(s)];
  if (step.random.size() == 0) std::fill_n(length, n, step.constant);
  for (std::uint32_t i = step.random.begin; i < step.random.end; ++i) {
    const Program::Part& part = p_.parts[at(p_.pool[i])];
    const bool first = i == step.random.begin;
    draw_part(s, part, number, list, n, first ? length : part_);
    if (first && step.constant != 0) k_.add_constant(length, length, step.constant, n);
    if (!first) k_.add(length, length, part_, n);
  }
  if (step.timeout == forever) return;
  for (std::uint32_t k = 0; k < n; ++k) {
    timed_out_[k] = length[k] > step.timeout;
    length[k] = std::min(length[k], step.timeout);
  }
}

std::uint32_t Lanes::failures(std::int32_t s, std::uint32_t number, const std::uint32_t* list, std::uint32_t n) {
  const auto& step = p_.steps[at(s)];
  std::uint32_t failed = 0;
  if (step.fails > 0) failed = toss(step.stream, draw(seed_, 0, step.stream, number).place, step.fails, list, n, failed_.data());
  if (step.timeout == forever) return failed;
  for (std::uint32_t j = 0; j < failed; ++j) timed_out_[failed_[j]] = 1;
  failed = 0;
  for (std::uint32_t k = 0; k < n; ++k)
    if (timed_out_[k]) failed_[failed++] = k;
  return failed;
}

/// Part after part, for a drain takes in proportion to the time since the onset.
void Lanes::drained(std::int32_t s, std::uint32_t number, const double* from, double* to,
                    const std::uint32_t* list, std::uint32_t n) {
  const auto& step = p_.steps[at(s)];
  for (std::uint32_t k = 0; k < n; ++k) deadline_[k] = from[k] + step.timeout;
  if (to != from) std::copy_n(from, n, to);
  for (std::uint32_t i = step.parts.begin; i < step.parts.end; ++i) {
    const Program::Part& part = p_.parts[i];
    if (part.kind == Program::Part::Kind::drain) {
      for (std::uint32_t k = 0; k < n; ++k) to[k] += to[k] * part.amount;
    } else if (part.kind == Program::Part::Kind::transfer) {
      if (part.amount == 0) continue;
      const double alone = part.amount / p_.links[at(part.link)].rate;
      for (std::uint32_t k = 0; k < n; ++k) {
        double &first = transfer_from_[at(s)][list[k]], &last = transfer_to_[at(s)][list[k]];
        first = std::min(first, to[k]);
        to[k] += alone;
        last = std::max(last, to[k]);
      }
    } else if (part.law.table == none) {
      k_.add_constant(to, to, part.law.constant, n);
    } else {
      draw_part(s, part, number, list, n, length_);
      k_.add(to, to, length_, n);
    }
  }
  for (std::uint32_t k = 0; step.timeout < forever && k < n; ++k)
    if (to[k] > deadline_[k]) {
      to[k] = deadline_[k];
      timed_out_[k] = 1;
    }
}

/// A transfer that is not alone on its link takes true events.
void Lanes::look_at_transfers(std::int32_t s) {
  const double *from = transfer_from_[at(s)], *to = transfer_to_[at(s)];
  for (const std::int32_t other : transfers_) {
    if (other == s) return;
    const double *its_from = transfer_from_[at(other)], *its_to = transfer_to_[at(other)];
    for (std::uint32_t i = 0; i < n_; ++i)
      if (from[i] <= its_to[i] && its_from[i] <= to[i]) condemn(i);
  }
}

/// What a step needs may go down after it was ready and before it began, or ceased to wait.
void Lanes::look_at_strikes(const LanePlan::Step& planned, std::uint32_t lane, double ready, double began) {
  for (const std::int32_t node : planned.needed) {
    const double* struck = struck_at_[at(node)];
    if (struck && struck[lane] > ready && struck[lane] <= began) condemn(lane);
  }
}

/// What it needs came back just then: where it was down at all, before or after is for true events to say.
void Lanes::look_at_instant(const LanePlan::Step& planned, std::uint32_t lane) {
  for (const std::int32_t node : planned.needed) {
    const double* repair = repair_[at(node)];
    if (repair && repair[lane] >= 0) condemn(lane);
  }
}

/// Now that all is known: a step that went by something else takes true events. Nothing else is consistent with what it went by, as whatever
/// happens depends on what happened before.
void Lanes::look_at_needs() {
  for (const LanePlan::Step& planned : plan_.order) {
    if (!planned.unsure) continue;
    const double *ready = ready_then_[at(planned.step)], *needed = needed_then_[at(planned.step)];
    for (std::uint32_t i = 0; i < n_; ++i) {
      if (ready[i] < 0) continue;
      const double now = need(p_.steps[at(planned.step)], i);
      if (planned.instant && now == ready[i]) look_at_instant(planned, i);
      if (now != needed[i] && std::max(now, needed[i]) > ready[i]) condemn(i);
    }
  }
}

/// A strike on what a step has recovered already does nothing. When the node is up for good: recovered by a step, or repaired and left by all that might have recovered
/// it; and its needs met.
void Lanes::bring_up(std::int32_t node) {
  double* up = up_[at(node)];
  const auto& of = p_.nodes[at(node)];
  double* repair = repair_[at(node)];
  const double* struck = struck_at_[at(node)];
  if (!repair) {
    std::fill_n(up, n_, 0.0);
  } else {
    const auto& recoverers = recoverers_[at(node)];
    if (recoverers.empty())
      std::fill_n(up, n_, forever);
    else
      std::copy_n(won_[at(recoverers[0])], n_, up);
    for (std::size_t r = 1; r < recoverers.size(); ++r) k_.earliest(up, up, won_[at(recoverers[r])], n_);
    auto& by_repair = by_repair_[at(node)];
    for (std::uint32_t i = 0; i < n_; ++i) {
      if (struck && struck[i] > 0 && repair[i] >= 0 && up[i] <= struck[i]) {
        if (up[i] == struck[i] || only_if_[at(node)]) condemn(i);
        repair[i] = -1;
      }
      double gone = repair[i];
      if (gone < 0) {
        up[i] = 0;
        continue;
      }
      by_repair[i] = 0;
      if (gone == forever) continue;
      if (node < p_.services)
        for (const std::int32_t r : recoverers) gone = std::max(gone, finish_[at(r)][i]);
      by_repair[i] = gone < up[i];
      up[i] = std::min(up[i], gone);
    }
  }
  for (std::uint32_t c = of.clauses.begin; c < of.clauses.end; ++c) {
    const auto& clause = p_.clauses[c];
    const bool every = clause.at_least == static_cast<std::int32_t>(clause.members.size());
    for (std::uint32_t m = clause.members.begin; every && m < clause.members.end; ++m)
      if (up_[at(p_.pool[m])] != zero_) k_.latest(up, up, up_[at(p_.pool[m])], n_);
    for (std::uint32_t i = 0; !every && i < n_; ++i) up[i] = std::max(up[i], met(clause, i));
  }
}

double Lanes::own_loss(std::int32_t service, std::uint32_t lane, std::int32_t& chosen) {
  const double* repair = repair_[at(service)];
  chosen = none;
  if (!repair || repair[lane] < 0 || (p_.data == DataState::kept && by_repair_[at(service)][lane])) return 0;
  for (std::size_t n = at(p_.services); n < region_hit_.size(); ++n)
    region_now_[n] = region_hit_[n].empty() ? 0 : region_hit_[n][lane];
  return copy_loss(p_, {seed_, replications_[lane]}, service, struck_at_[at(service)] ? struck_at_[at(service)][lane] : 0, region_now_, chosen, nullptr);
}

}  // namespace muster
