#include "sim/program.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <mutex>
#include <stdexcept>

#include "models/calibration.h"
#include "models/elementary.h"
#include "sim/streams.h"

namespace muster {
namespace {

/// Outages of a scenario have most of their laws in common: a table takes longer to make than to copy.
QuantileTable table_of(const Distribution& law) {
  constexpr std::size_t most = 256;
  static std::mutex guard;
  static std::deque<QuantileTable> made;
  {
    const std::lock_guard lock(guard);
    for (const QuantileTable& table : made)
      if (table.distribution() == law) return table;
  }
  QuantileTable table(law);
  const std::lock_guard lock(guard);
  if (made.size() == most) made.pop_front();
  made.push_back(table);
  return table;
}

class Compiler {
 public:
  Compiler(const Scenario& scenario, const std::string& outage, const std::optional<Onset>& at)
      : s_(scenario.seen_by(outage)) {
    auto it = std::find_if(s_.outages.begin(), s_.outages.end(), [&](const Outage& o) { return o.name == outage; });
    if (it == s_.outages.end()) throw std::logic_error("compile: no outage " + outage);
    outage_ = &*it;
    auto plan = std::find_if(s_.plans.begin(), s_.plans.end(), [&](const Plan& p) { return p.name == outage_->plan; });
    if (plan == s_.plans.end()) throw std::logic_error("compile: no plan '" + outage_->plan + "' for outage " + outage);
    plan_ = &*plan;
    p_.outage = outage;
    p_.zone = Zone(s_.time_zone);
    p_.starts = at ? at : outage_->starts;
    p_.onset_stream = streams::onset();
  }

  Program run() {
    name_nodes();
    name_resources();
    name_steps();
    add_needs_of_services();
    add_steps();
    add_duties();
    add_membership();
    add_strikes();
    add_correlation();
    order_services();
    measure_paths();
    return std::move(p_);
  }

 private:
  template <class Map>
  static std::int32_t find(const Map& map, const std::string& name, const char* what) {
    auto it = map.find(name);
    if (it == map.end()) throw std::logic_error(std::string("compile: unknown ") + what + " '" + name + "'");
    return it->second;
  }
  std::int32_t node(const std::string& n) const { return find(nodes_, n, "service or region"); }
  std::int32_t step(const std::string& n) const { return n.empty() ? none : find(steps_, n, "step"); }

  Sampler sampler(const Distribution& d) {
    if (d.is_constant()) return {d.mean(), none};
    for (std::size_t i = 0; i < p_.tables.size(); ++i)
      if (p_.tables[i].distribution() == d) return {0, static_cast<std::int32_t>(i)};
    p_.tables.push_back(table_of(d));
    return {0, static_cast<std::int32_t>(p_.tables.size() - 1)};
  }
  Sampler sampler(const CalibratedLaw& law, const Stream& stream) {
    Sampler out = sampler(law.scores);
    out.belief = static_cast<std::int32_t>(p_.beliefs.size());
    p_.beliefs.emplace_back(law, stream);
    return out;
  }
  Sampler sampler(const Distribution& d, const std::optional<CalibratedLaw>& calibrated, const Stream& stream) {
    return calibrated ? sampler(*calibrated, stream) : sampler(d);
  }
  Span add(const std::vector<std::int32_t>& values) {
    const auto begin = static_cast<std::uint32_t>(p_.pool.size());
    p_.pool.insert(p_.pool.end(), values.begin(), values.end());
    return {begin, static_cast<std::uint32_t>(p_.pool.size())};
  }
  template <class T, class F>
  std::vector<std::int32_t> indices(const std::vector<T>& from, F f) const {
    std::vector<std::int32_t> out;
    for (const auto& x : from) out.push_back(f(x));
    return out;
  }
  Span add_clauses(const std::vector<Need>& needs, std::int32_t owner) {
    const auto begin = static_cast<std::uint32_t>(p_.clauses.size());
    for (const Need& n : needs)
      p_.clauses.push_back({owner, n.at_least, add(indices(n.of, [&](const std::string& m) { return node(m); }))});
    return {begin, static_cast<std::uint32_t>(p_.clauses.size())};
  }

  void name_nodes() {
    for (const Service& s : s_.services) {
      nodes_[s.name] = static_cast<std::int32_t>(p_.node_names.size());
      p_.node_names.push_back(s.name);
    }
    p_.services = static_cast<std::int32_t>(p_.node_names.size());
    for (const std::string& r : s_.regions) {
      nodes_.emplace(r, static_cast<std::int32_t>(p_.node_names.size()));
      regions_[r] = static_cast<std::int32_t>(p_.node_names.size());
      p_.node_names.push_back(r);
    }
    p_.nodes.resize(p_.node_names.size());
  }

  void name_resources() {
    for (const Role& r : s_.roles) {
      resources_[r.name] = static_cast<std::int32_t>(p_.resources.size());
      Program::Resource out;
      out.name = r.name;
      out.count = r.count;
      out.role = true;
      out.stream = streams::role(r.name);
      if (r.responds) {
        out.responds = true;
        out.on_hours = sampler(r.responds->on_hours, r.responds->on_calibrated, streams::belief_on(r.name));
        const bool same = r.responds->on_calibrated == r.responds->off_calibrated && r.responds->on_hours == r.responds->off_hours;
        out.off_hours = same ? out.on_hours : sampler(r.responds->off_hours, r.responds->off_calibrated, streams::belief_off(r.name));
        out.absent_off_hours = r.responds->absent_off_hours;
        out.hours = Calendar(p_.zone, r.hours);
        if (!out.hours.always()) p_.onset_matters = true;
      }
      p_.resources.push_back(std::move(out));
    }
    for (const Capacity& c : s_.capacity) {
      if (c.rate) {
        links_[c.name] = static_cast<std::int32_t>(p_.links.size());
        p_.links.push_back({c.name, *c.rate});
      } else {
        slots_[c.name] = static_cast<std::int32_t>(p_.resources.size());
        Program::Resource out;
        out.name = c.name;
        out.count = c.slots.value();
        p_.resources.push_back(std::move(out));
      }
    }
  }

  void name_steps() {
    for (const Step& s : plan_->steps) {
      steps_[s.name] = static_cast<std::int32_t>(p_.step_names.size());
      p_.step_names.push_back(s.name);
    }
    p_.steps.resize(p_.step_names.size());
  }

  void add_needs_of_services() {
    for (std::size_t i = 0; i < s_.services.size(); ++i) {
      const Service& s = s_.services[i];
      p_.nodes[i].clauses = add_clauses(s.needs, static_cast<std::int32_t>(i));
      if (!s.data) continue;
      p_.nodes[i].store = static_cast<std::int32_t>(p_.stores.size());
      const auto begin = static_cast<std::uint32_t>(p_.copies.size());
      for (std::size_t c = 0; c < s.data->copies.size(); ++c) add_copy(s, c);
      p_.stores.push_back({{begin, static_cast<std::uint32_t>(p_.copies.size())}});
    }
    p_.service_clauses = p_.clauses.size();
    for (const Program::Clause& c : p_.clauses)
      for (std::uint32_t m = c.members.begin; m < c.members.end; ++m) p_.services_need_regions |= p_.pool[m] >= p_.services;
  }

  void add_copy(const Service& s, std::size_t c) {
    Program::Copy out{};
    std::string name;
    out.stream = streams::copy(s.name, c);
    const auto place = [&](const std::string& region) {
      out.region = region.empty() ? none : find(regions_, region, "region");
      if (!region.empty()) name += " in " + region;
    };
    if (const auto* r = std::get_if<muster::Replica>(&s.data->copies[c])) {
      name = "replica";
      out.kind = Program::Copy::Kind::replica;
      place(r->region);
      out.lag = sampler(r->lag);
    } else if (const auto* l = std::get_if<muster::Log>(&s.data->copies[c])) {
      name = "log";
      out.kind = Program::Copy::Kind::log;
      place(l->region);
      out.lag = sampler(l->lag);
      out.kept = l->kept.value_or(Program::forever);
    } else {
      const auto& b = std::get<muster::Backup>(s.data->copies[c]);
      name = "backup";
      out.kind = Program::Copy::Kind::backup;
      place(b.region);
      out.every = b.every;
      out.held = sampler(b.held);
      out.takes = sampler(b.takes);
      out.succeeds = b.succeeds;
      out.kept = b.kept.value_or(Program::forever);
    }
    p_.copies.push_back(std::move(out));
    p_.copy_names.push_back(name);
  }

  void add_steps() {
    std::vector<std::vector<std::int32_t>> successors(p_.steps.size());
    for (std::size_t i = 0; i < plan_->steps.size(); ++i) {
      const Step& from = plan_->steps[i];
      Program::Step& to = p_.steps[i];
      const auto me = static_cast<std::int32_t>(i);
      const auto after = indices(from.after, [&](const std::string& n) { return step(n); });
      for (std::int32_t a : after) successors[static_cast<std::size_t>(a)].push_back(me);
      to.after = add(after);
      to.clauses = add_clauses(from.needs, ~me);
      to.only_if = add(indices(from.only_if, [&](const std::string& n) { return node(n); }));
      to.recovers = add(indices(from.recovers, [&](const std::string& n) { return node(n); }));
      for (const std::string& r : from.recovers) ++p_.nodes[static_cast<std::size_t>(node(r))].recoverers;
      add_parts(from, to);
      const auto begin = static_cast<std::uint32_t>(p_.seats.size());
      for (const Seats& s : from.by) p_.seats.push_back({find(resources_, s.of, "role"), s.count});
      for (const Seats& s : from.uses) p_.seats.push_back({find(slots_, s.of, "capacity"), s.count});
      to.seats = {begin, static_cast<std::uint32_t>(p_.seats.size())};
      to.fails = from.fails;
      to.attempts = static_cast<std::uint32_t>(from.attempts);
      to.retry_after = sampler(from.retry_after);
      to.on_failure = from.on_failure;
      to.replacement = step(from.replacement);
      to.otherwise = step(from.otherwise);
      for (std::int32_t fallback : {to.replacement, to.otherwise})
        if (fallback != none) p_.steps[static_cast<std::size_t>(fallback)].caller = me;
      to.waits_at_most = from.waits_at_most.value_or(Program::forever);
      to.timeout = from.timeout.value_or(Program::forever);
      to.priority = from.priority;
      to.every = from.every.value_or(0);
      p_.has_duties |= to.every > 0;
      to.until = step(from.until);
      to.stream = streams::step(from.name);
      to.retry_stream = streams::retry(from.name);
    }
    for (std::size_t i = 0; i < p_.steps.size(); ++i) p_.steps[i].successors = add(successors[i]);
    p_.commits_at = step(plan_->commits_at);
    p_.patience = plan_->patience;
  }

  /// One draw is how long the attempt takes alone. A plain step has it as its only part; else each part has a share.
  void add_calibrated_parts(const Step& from, Program::Step& to) {
    to.parts.begin = static_cast<std::uint32_t>(p_.parts.size());
    Program::Part part{};
    part.kind = Program::Part::Kind::law;
    part.law = sampler(*from.calibrated, streams::belief_step(from.name));
    for (std::size_t i = from.takes.size(); i-- > 0;) {
      if (const auto* law = std::get_if<Distribution>(&from.takes[i]); law && !law->is_constant()) part.index = static_cast<std::uint32_t>(i);
      to.plain &= std::holds_alternative<Distribution>(from.takes[i]);
    }
    std::vector<std::int32_t> random{static_cast<std::int32_t>(p_.parts.size())};
    if (to.plain) {
      p_.parts.push_back(part);
    } else {
      random.clear();
      const std::vector<double> means = means_alone(from, s_);
      double whole = 0;
      for (double mean : means) whole += mean;
      for (std::size_t i = 0; i < from.takes.size(); ++i) {
        Program::Part one = part;
        one.share = means[i] / whole;
        if (const auto* t = std::get_if<Transfer>(&from.takes[i])) {
          one.kind = Program::Part::Kind::transfer;
          one.link = find(links_, t->over, "link");
          one.amount = t->bytes / whole;
        }
        p_.parts.push_back(one);
      }
    }
    to.parts.end = static_cast<std::uint32_t>(p_.parts.size());
    to.random = add(random);
  }

  void add_parts(const Step& from, Program::Step& to) {
    if (from.calibrated) return add_calibrated_parts(from, to);
    to.parts.begin = static_cast<std::uint32_t>(p_.parts.size());
    std::vector<std::int32_t> random;
    for (std::size_t i = 0; i < from.takes.size(); ++i) {
      Program::Part part{};
      part.index = static_cast<std::uint32_t>(i);
      if (const auto* law = std::get_if<Distribution>(&from.takes[i])) {
        part.kind = Program::Part::Kind::law;
        part.law = sampler(*law);
        if (part.law.table == none)
          to.constant += part.law.constant;
        else
          random.push_back(static_cast<std::int32_t>(p_.parts.size()));
      } else if (const auto* t = std::get_if<Transfer>(&from.takes[i])) {
        part.kind = Program::Part::Kind::transfer;
        part.amount = t->bytes;
        part.link = find(links_, t->over, "link");
        to.plain = false;
      } else {
        const auto& d = std::get<Drain>(from.takes[i]);
        part.kind = Program::Part::Kind::drain;
        part.amount = d.arrives / (d.served - d.arrives);
        to.plain = false;
      }
      p_.parts.push_back(part);
    }
    to.parts.end = static_cast<std::uint32_t>(p_.parts.size());
    to.random = add(random);
  }

  void add_duties() {
    std::vector<std::vector<std::int32_t>> duties(p_.steps.size());
    for (std::size_t i = 0; i < p_.steps.size(); ++i)
      if (p_.steps[i].until != none) duties[static_cast<std::size_t>(p_.steps[i].until)].push_back(static_cast<std::int32_t>(i));
    for (std::size_t i = 0; i < p_.steps.size(); ++i) p_.steps[i].ends_duties = add(duties[i]);
  }

  void add_membership() {
    std::vector<std::vector<std::int32_t>> services(p_.nodes.size()), steps(p_.nodes.size());
    for (std::size_t c = 0; c < p_.clauses.size(); ++c)
      for (std::uint32_t m = p_.clauses[c].members.begin; m < p_.clauses[c].members.end; ++m)
        (c < p_.service_clauses ? services : steps)[static_cast<std::size_t>(p_.pool[m])].push_back(static_cast<std::int32_t>(c));
    for (std::size_t n = 0; n < p_.nodes.size(); ++n) {
      p_.nodes[n].member_of = add(services[n]);
      p_.nodes[n].step_clauses = add(steps[n]);
    }
  }

  void add_strikes() {
    p_.data = outage_->data;
    p_.noticed_after = sampler(outage_->noticed_after);
    p_.noticed_stream = streams::noticed_after(outage_->name);
    p_.has_lasts = outage_->lasts.has_value();
    if (outage_->lasts) p_.lasts = sampler(*outage_->lasts, outage_->calibrated, streams::belief_lasts(outage_->name));
    p_.lasts_stream = streams::outage_lasts(outage_->name);
    for (std::size_t i = 0; i < outage_->strikes.size(); ++i) {
      const Strike& from = outage_->strikes[i];
      Program::Strike to;
      std::vector<std::int32_t> hit, regions;
      if (!from.region.empty()) {
        for (const Service& s : s_.services)
          if (s.region == from.region) hit.push_back(node(s.name));
        regions.push_back(find(regions_, from.region, "region"));
        hit.push_back(regions.back());
      }
      for (const std::string& s : from.services) hit.push_back(node(s));
      std::sort(hit.begin(), hit.end());
      hit.erase(std::unique(hit.begin(), hit.end()), hit.end());
      to.nodes = add(hit);
      to.regions = add(regions);
      to.probability = from.probability;
      to.at_onset = !from.after;
      if (from.after) to.after = sampler(*from.after);
      to.own_lasts = from.lasts.has_value();
      if (from.lasts) to.lasts = sampler(*from.lasts);
      to.stream = streams::strike(outage_->name, i);
      to.lasts_stream = streams::strike_lasts(outage_->name, i);
      p_.strikes.push_back(to);
    }
  }

  /// A plain Cholesky factorisation, so that the factor has the same bits in every build; a zero pivot (rho = 1) gives a zero column.
  void add_correlation() {
    std::map<std::int32_t, std::size_t> row;
    for (const Correlation& c : plan_->correlated)
      for (const std::string& s : c.steps) row.emplace(step(s), 0);
    for (auto& [s, r] : row) {
      r = p_.correlated_steps.size();
      p_.correlated_steps.push_back(s);
      Program::Step& st = p_.steps[static_cast<std::size_t>(s)];
      st.correlated = static_cast<std::int32_t>(r);
      if (st.random.size() != 1) throw std::logic_error("compile: a correlated step has one random part");
      st.correlated_part = p_.parts[static_cast<std::size_t>(p_.pool[st.random.begin])].index;
    }
    const std::size_t n = p_.correlated_steps.size();
    std::vector<double> m(n * n, 0.0), l(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i) m[i * n + i] = 1;
    for (const Correlation& c : plan_->correlated)
      for (const std::string& a : c.steps)
        for (const std::string& b : c.steps)
          if (a != b) m[row[step(a)] * n + row[step(b)]] = c.rho;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = m[i * n + j];
        for (std::size_t k = 0; k < j; ++k) sum -= l[i * n + k] * l[j * n + k];
        if (i == j)
          l[i * n + i] = sum > 1e-12 ? std::sqrt(sum) : 0;
        else
          l[i * n + j] = l[j * n + j] > 0 ? sum / l[j * n + j] : 0;
      }
    p_.correlation_factor = std::move(l);
  }

  void order_services() {
    std::vector<char> done(static_cast<std::size_t>(p_.services), 0);
    const auto visit = [&](auto&& self, std::int32_t s) -> void {
      if (s >= p_.services || done[static_cast<std::size_t>(s)]) return;
      done[static_cast<std::size_t>(s)] = 1;
      const Span clauses = p_.nodes[static_cast<std::size_t>(s)].clauses;
      for (std::uint32_t c = clauses.begin; c < clauses.end; ++c)
        for (std::uint32_t m = p_.clauses[c].members.begin; m < p_.clauses[c].members.end; ++m) self(self, p_.pool[m]);
      p_.service_order.push_back(s);
    };
    for (std::int32_t s = 0; s < p_.services; ++s) visit(visit, s);
  }

  double mean_of(std::size_t i) const {
    double sum = 0;
    for (const Part& part : plan_->steps[i].takes) {
      if (const auto* law = std::get_if<Distribution>(&part)) sum += law->mean();
      if (const auto* t = std::get_if<Transfer>(&part))
        sum += t->bytes / p_.links[static_cast<std::size_t>(find(links_, t->over, "link"))].rate;
    }
    return sum;
  }

  /// Longest mean remaining path; a fallback leads on to its caller's successors.
  void measure_paths() {
    if (plan_->dispatch != Dispatch::critical_path_first) return;
    std::vector<double> path(p_.steps.size(), -1);
    const auto visit = [&](auto&& self, std::size_t i) -> double {
      if (path[i] >= 0) return path[i];
      double longest = 0;
      for (std::int32_t from = static_cast<std::int32_t>(i); from != none; from = p_.steps[static_cast<std::size_t>(from)].caller) {
        const Span next = p_.steps[static_cast<std::size_t>(from)].successors;
        for (std::uint32_t k = next.begin; k < next.end; ++k) longest = std::max(longest, self(self, static_cast<std::size_t>(p_.pool[k])));
      }
      return path[i] = mean_of(i) + longest;
    };
    for (std::size_t i = 0; i < p_.steps.size(); ++i) p_.steps[i].remaining_path = visit(visit, i);
  }

  const Scenario& s_;
  const Outage* outage_ = nullptr;
  const Plan* plan_ = nullptr;
  Program p_;
  std::map<std::string, std::int32_t> nodes_, regions_, resources_, slots_, links_, steps_;
};

}  // namespace

Program compile(const Scenario& scenario, const std::string& outage, const std::optional<Onset>& at) {
  return Compiler(scenario, outage, at).run();
}

}  // namespace muster
