#include "sim/standing.h"

#include <algorithm>
#include <cmath>

#include "models/elementary.h"
#include "models/outcomes.h"
#include "sim/streams.h"

namespace muster {
namespace {

template <class Names>
std::int32_t place_of(const Names& names, const std::string& name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<std::int32_t>(i);
  return none;
}

bool has_ended(RunProgress::Step::State state) {
  using enum RunProgress::Step::State;
  return state == succeeded || state == failed || state == passed || state == stood_in_for;
}

class Reading {
 public:
  Reading(const Program& program, const RunProgress& progress, Standing& out) : p_(program), from_(progress), out_(out) {}

  void read() {
    out_.now = from_.now;
    out_.onset = from_.onset;
    out_.strikes = from_.strikes;
    out_.strikes.resize(p_.strikes.size());
    read_steps();
    read_roles();
    for (const RunProgress::Back& back : from_.back)
      if (const std::int32_t s = place_of(p_.node_names, back.service); s != none && s < p_.services) out_.back.push_back({std::min(back.at, from_.now), s});
    std::stable_sort(out_.back.begin(), out_.back.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    for (std::size_t s = 0; s < out_.steps.size(); ++s) {
      if (runs(s)) read_attempt(s);
      if (out_.steps[s].known && out_.steps[s].state == Standing::State::waiting) out_.waiting.push_back(static_cast<std::int32_t>(s));
    }
    std::stable_sort(out_.waiting.begin(), out_.waiting.end(), [&](std::int32_t a, std::int32_t b) { return at(a).ready < at(b).ready; });
    find_contention();
    add_past_transfers();
    std::stable_sort(out_.transfers.begin(), out_.transfers.end(), [](const auto& a, const auto& b) { return a.began < b.began; });
    read_correlated();
  }

 private:
  Standing::Step& at(std::int32_t s) { return out_.steps[static_cast<std::size_t>(s)]; }
  bool runs(std::size_t s) const { return out_.steps[s].known && out_.steps[s].state == Standing::State::running; }
  const Distribution& law_of(const Program::Part& part) const { return p_.tables[static_cast<std::size_t>(part.law.table)].distribution(); }

  void read_steps() {
    out_.steps.resize(p_.steps.size());
    for (std::size_t s = 0; s < out_.steps.size(); ++s) out_.steps[s].still = streams::still(p_.step_names[s]);
    for (const RunProgress::Step& step : from_.steps) {
      const std::int32_t s = place_of(p_.step_names, step.name);
      if (s == none) continue;
      const double began = step.began.value_or(step.ready);
      Standing::Step& to = at(s);
      to.known = true;
      to.state = step.state;
      to.ready = step.ready;
      to.ran = step.began.has_value();
      to.began = began;
      to.attempt_began = step.attempt_began;
      to.ended = std::min(step.ended, from_.now);
      to.attempt = std::min(step.attempt, p_.steps[static_cast<std::size_t>(s)].attempts - 1);
      to.instance = step.instance;
    }
    for (std::size_t s = 0; s < out_.steps.size(); ++s) find_stand_in(static_cast<std::int32_t>(s));
    for (std::size_t s = 0; s < out_.steps.size(); ++s) read_end(static_cast<std::int32_t>(s));
    // A fallback before the step that it stood in for, and both before what came after: causes are told before effects.
    std::stable_sort(out_.ends.begin(), out_.ends.end(), [&](const auto& a, const auto& b) {
      if (a.at != b.at) return a.at < b.at;
      return rank(a.step) < rank(b.step);
    });
  }

  // The one that is known to have been called; else `do` for a step that ran, and `otherwise` for one that did not.
  void find_stand_in(std::int32_t s) {
    const Program::Step& step = p_.steps[static_cast<std::size_t>(s)];
    Standing::Step& known = at(s);
    if (!known.known || (known.state != Standing::State::replaced && known.state != Standing::State::stood_in_for)) return;
    const auto called = [&](std::int32_t f) { return f != none && at(f).known && at(f).state != Standing::State::passed; };
    if (called(step.otherwise) != called(step.replacement))
      known.stand_in = called(step.otherwise) ? step.otherwise : step.replacement;
    else
      known.stand_in = step.otherwise == none || (known.ran && step.replacement != none) ? step.replacement : step.otherwise;
  }

  void read_end(std::int32_t s) {
    const Program::Step& step = p_.steps[static_cast<std::size_t>(s)];
    const Standing::Step& known = at(s);
    if (!known.known || !has_ended(known.state)) return;
    out_.stops |= known.state == Standing::State::failed && step.on_failure == OnFailure::stop;
    if (step.every > 0) return;
    out_.ends.push_back({known.ended, s});
    // A fallback that was not called counts as passed when its caller ends.
    for (const std::int32_t fallback : {step.otherwise, step.replacement}) {
      if (fallback == none || at(fallback).known) continue;
      at(fallback).known = true;
      at(fallback).state = Standing::State::passed;
      at(fallback).ready = at(fallback).ended = known.ended;
      if (fallback < s) out_.ends.push_back({known.ended, fallback});
    }
  }

  int rank(std::int32_t s) const {
    int depth = 0;
    for (std::int32_t fallback = s; fallback != none; fallback = p_.steps[static_cast<std::size_t>(fallback)].caller) ++depth;
    return -depth;
  }

  void read_roles() {
    out_.roles.resize(p_.resources.size());
    for (const RunProgress::Role& role : from_.roles)
      for (std::size_t r = 0; r < p_.resources.size(); ++r)
        if (p_.resources[r].role && p_.resources[r].name == role.name)
          out_.roles[r] = {true, std::min(role.asked, from_.now), std::min(static_cast<std::int32_t>(role.arrived), p_.resources[r].count)};
    // Who works is there.
    std::vector<std::int32_t> held(p_.resources.size());
    for (std::size_t s = 0; s < out_.steps.size(); ++s) {
      const Standing::Step& step = out_.steps[s];
      if (!step.known || !step.ran) continue;
      const bool holds = step.state == Standing::State::running || step.state == Standing::State::pausing;
      for (std::uint32_t k = p_.steps[s].seats.begin; k < p_.steps[s].seats.end; ++k) {
        const auto r = static_cast<std::size_t>(p_.seats[k].resource);
        Standing::Role& role = out_.roles[r];
        if (!role.asked_already) role.asked = step.ready;
        role.asked_already = true;
        role.arrived = std::max(role.arrived, p_.seats[k].count);
        if (holds) role.arrived = std::max(role.arrived, held[r] += p_.seats[k].count);
      }
    }
    for (std::size_t r = 0; r < out_.roles.size(); ++r) out_.roles[r].arrived = std::min(out_.roles[r].arrived, p_.resources[r].count);
  }

  void read_attempt(std::size_t s) {
    const Program::Step& step = p_.steps[s];
    Standing::Step& known = out_.steps[s];
    known.attempt_began = std::min(known.attempt_began, from_.now);
    if (!step.plain) out_.transfers.push_back({known.attempt_began, never, static_cast<std::int32_t>(s), known.attempt});
    known.overdue = from_.now > known.attempt_began + step.timeout;
    std::vector<double> longest(p_.parts.size());
    int random = 0;
    double widest = -1;
    for (std::uint32_t k = step.parts.begin; k < step.parts.end; ++k) {
      const Program::Part& part = p_.parts[k];
      if (part.kind != Program::Part::Kind::law) continue;
      longest[k] = part.law.table == none ? part.law.constant : law_of(part).high();
      if (part.law.table == none) continue;
      ++random;
      if (const double sd = law_of(part).sd(); sd > widest) {
        widest = sd;
        known.pivot = static_cast<std::int32_t>(k);
      }
    }
    known.least = least_of(p_, step, known.pivot, known.attempt_began, from_.now, longest);
    if (known.pivot == none) {
      known.overdue |= known.least > 0;
      return;
    }
    known.alone = random == 1;
    const Distribution& law = law_of(p_.parts[static_cast<std::size_t>(known.pivot)]);
    known.most = known.survival = known.least < 0 ? 1 : law.survival(known.least);
    known.overdue |= known.most <= 0;
  }

  bool share_a_link(std::int32_t a, std::int32_t b) const {
    for (std::uint32_t i = span(a).begin; i < span(a).end; ++i)
      for (std::uint32_t k = span(b).begin; k < span(b).end; ++k)
        if (p_.parts[i].link != none && p_.parts[i].link == p_.parts[k].link) return true;
    return false;
  }

  void find_contention() {
    for (const Standing::Attempt& a : out_.transfers)
      for (const Standing::Attempt& b : out_.transfers)
        if (a.step != b.step && share_a_link(a.step, b.step)) at(a.step).contended = out_.contended = true;
  }

  // What has ended may have slowed what runs.
  void add_past_transfers() {
    const std::vector<Standing::Attempt> running = out_.transfers;
    for (const RunProgress::Step& told : from_.steps) {
      const std::int32_t s = place_of(p_.step_names, told.name);
      if (s == none || p_.steps[static_cast<std::size_t>(s)].plain) continue;
      for (std::size_t i = 0; i < told.past.size(); ++i)
        for (const Standing::Attempt& other : running) {
          if (other.step == s || other.began >= told.past[i].ended || !share_a_link(s, other.step)) continue;
          out_.transfers.push_back({told.past[i].began, std::min(told.past[i].ended, from_.now), s, static_cast<std::uint32_t>(i)});
          at(other.step).contended = out_.contended = true;
          break;
        }
    }
  }
  const Span& span(std::int32_t s) const { return p_.steps[static_cast<std::size_t>(s)].parts; }

  // Of a first attempt that is one event: its correlated part's length, or what it exceeds; nothing where that is not known.
  std::optional<double> correlated_length(std::int32_t s, double whole) const {
    const Program::Step& step = p_.steps[static_cast<std::size_t>(s)];
    if (!step.plain) return {};
    return whole - step.constant;
  }

  void read_correlated() {
    const std::size_t n = p_.correlated_steps.size();
    std::vector<std::size_t> known, running, free;
    std::vector<double> z(n);
    for (std::size_t i = 0; i < n; ++i) {
      const std::int32_t s = p_.correlated_steps[i];
      const Standing::Step& step = at(s);
      const Distribution& law = law_of(p_.parts[p_.steps[static_cast<std::size_t>(s)].parts.begin + p_.steps[static_cast<std::size_t>(s)].correlated_part]);
      std::optional<double> first;
      for (const RunProgress::Step& told : from_.steps)
        if (told.name == p_.step_names[static_cast<std::size_t>(s)] && !told.past.empty()) first = told.past.front().ended - told.past.front().began;
      if (first && (first = correlated_length(s, *first))) {
        if (*first < law.high() && *first > law.low()) {
          // Where a value has a probability of its own, its middle stands for it.
          const double above = law.survival(*first), step_down = law.cdf(*first) - law.cdf(std::nextafter(*first, 0.0));
          const double upper = above + step_down / 2;
          z[i] = upper < 0.5 ? normal_quantile_upper(upper) : normal_quantile(1 - upper);
          known.push_back(i);
          continue;
        }
      } else if (step.known && step.state == Standing::State::running && step.attempt == 0 && step.instance == 0 && p_.steps[static_cast<std::size_t>(s)].plain) {
        const double least = from_.now - step.attempt_began - p_.steps[static_cast<std::size_t>(s)].constant;
        const double above = least < 0 ? 1 : law.survival(least);
        if (above < 1 && above > 0) {
          z[i] = above < 0.5 ? normal_quantile_upper(above) : normal_quantile(1 - above);
          running.push_back(i);
          continue;
        }
      }
      free.push_back(i);
    }
    if (known.empty() && running.empty()) return;
    Standing::Copula& c = out_.copula.emplace();
    for (const auto* part : {&known, &running, &free}) c.order.insert(c.order.end(), part->begin(), part->end());
    factorise(c);
    for (std::size_t i = 0; i < known.size(); ++i) {
      double mean = 0;
      for (std::size_t k = 0; k < i; ++k) mean += c.factor[i * n + k] * c.normals[k];
      const double own = c.factor[i * n + i];
      c.normals.push_back(own > 0 ? (z[known[i]] - mean) / own : 0);
    }
    for (const std::size_t i : running) c.least.push_back(z[i]);
  }

  // Cholesky's, of the same correlations in another order; a variance that is none but rounding is none.
  void factorise(Standing::Copula& c) const {
    const std::size_t n = c.order.size();
    const std::vector<double>& f = p_.correlation_factor;
    c.factor.assign(n * n, 0);
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t i = j; i < n; ++i) {
        double sum = 0;
        for (std::size_t k = 0; k <= std::min(c.order[i], c.order[j]); ++k) sum += f[c.order[i] * n + k] * f[c.order[j] * n + k];
        for (std::size_t k = 0; k < j; ++k) sum -= c.factor[i * n + k] * c.factor[j * n + k];
        if (i == j)
          c.factor[j * n + j] = sum > 1e-12 ? std::sqrt(sum) : 0;
        else
          c.factor[i * n + j] = c.factor[j * n + j] > 0 ? sum / c.factor[j * n + j] : 0;
      }
    }
  }

  const Program& p_;
  const RunProgress& from_;
  Standing& out_;
};

}  // namespace

Standing::Standing(const Program& program, const RunProgress& progress) { Reading(program, progress, *this).read(); }

double least_of(const Program& program, const Program::Step& step, std::int32_t pivot, double began, double now, const std::vector<double>& lengths) {
  double end = now, begin = began;
  const std::uint32_t middle = pivot == none ? step.parts.end : static_cast<std::uint32_t>(pivot);
  const auto alone = [&](const Program::Part& part) { return part.amount / program.links[static_cast<std::size_t>(part.link)].rate; };
  for (std::uint32_t k = step.parts.end; k-- > middle + 1;) {
    const Program::Part& part = program.parts[k];
    switch (part.kind) {
      case Program::Part::Kind::law: end -= lengths[k]; break;
      case Program::Part::Kind::transfer: end -= alone(part); break;
      case Program::Part::Kind::drain: end /= 1 + part.amount; break;
    }
  }
  for (std::uint32_t k = step.parts.begin; k < middle; ++k) {
    const Program::Part& part = program.parts[k];
    switch (part.kind) {
      case Program::Part::Kind::law: begin += lengths[k]; break;
      case Program::Part::Kind::transfer: begin += alone(part); break;
      case Program::Part::Kind::drain: begin += begin * part.amount; break;
    }
  }
  return end - begin;
}

double value_beyond(const QuantileTable& law, double least, double survival, Uniform01 u) {
  if (survival >= 1) return law(u);
  const double above = survival * (u.upper ? u.tail : 1 - u.tail);
  if (above < QuantileTable::smallest_tail) return std::max(least, law.distribution().quantile(Uniform01{std::max(above, 0x1p-1000), true}));
  const Uniform01 v = above < 0.5 ? Uniform01{above, true} : Uniform01{std::clamp(1 - above, 0x1p-54, 0.5 - 0x1p-54), false};
  return std::max(least, law(v));
}

}  // namespace muster
