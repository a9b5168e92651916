#include "tests/sim/reference.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <vector>

#include "models/elementary.h"
#include "sim/streams.h"

namespace muster {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
const double missing = std::nan("");

struct Reference {
  Reference(const Scenario& scenario, const Outage& o, const Plan& p, std::uint64_t sd, std::uint32_t r, Tables& t)
      : s(scenario), outage(o), plan(p), seed(sd), replication(r), tables(t) {}

  const Scenario& s;
  const Outage& outage;
  const Plan& plan;
  std::uint64_t seed;
  std::uint32_t replication;
  Tables& tables;

  // ---- draws -----------------------------------------------------------------------------------------------
  Draw luck(Stream name, std::uint32_t attempt = 0, std::uint32_t part = 0) const { return draw(seed, replication, name, attempt, part); }
  double at(const Distribution& d, Uniform01 u) const {
    return d.is_constant() ? d.mean() : tables.try_emplace(&d, d).first->second(u);
  }
  double at(const Distribution& d, const Draw& l) const { return at(d, uniform(l)); }

  // ---- what is known of each thing -------------------------------------------------------------------------
  struct StepNow {
    std::set<std::string> awaits;  // predecessors not ended
    std::string state = "idle";    // idle, patient, needs, seats, running, replaced, ended
    std::string how;
    bool called = false, in_transfer = false, timer = false, timed_out = false;
    double ready = missing, requested = missing, start = missing, finish = missing, attempt_start = 0, left = 0;
    std::size_t part = 0;
    int attempt = 0, instance = 0;
    int generation = 0;
  };
  std::map<std::string, StepNow> now_of;
  struct StruckNow {
    bool struck = false, ever = false, recovered = false;
    int open_strikes = 0;  // not repaired yet
    double spell = 0, loss = 0, last_down = 0;
    bool was_down = false;
  };
  std::map<std::string, StruckNow> thing;  // services and regions
  std::map<std::string, int> free_seats;
  std::set<std::string> asked;
  std::vector<std::string> waiting;  // for seats
  std::vector<std::string> becoming_ready;
  std::map<std::string, std::vector<std::string>> on_link;  // running transfers
  std::set<std::string> struck_regions;
  double now = 0, onset = 0, committed_at = infinite, last_end = 0, plan_end = 0, noticed = 0;
  bool committed = false, stopped = false, stood_down = false, a_repair_helped = false, judge = false;
  long sequence = 0;
  int in_vain = 0;  ///< duties begun since another step was

  struct Pending {
    double time;
    int phase;
    long sequence;
    bool duty;
    std::function<bool()> holds;  // still wanted?
    std::function<void()> act;
  };
  std::vector<Pending> pending;
  void later(double time, int phase, std::function<bool()> holds, std::function<void()> act, bool duty = false) {
    pending.push_back({time, phase, sequence++, duty, std::move(holds), std::move(act)});
  }

  const Step& step(const std::string& name) const {
    return *std::find_if(plan.steps.begin(), plan.steps.end(), [&](const Step& x) { return x.name == name; });
  }
  std::size_t place_in_file(const std::string& name) const { return static_cast<std::size_t>(&step(name) - plan.steps.data()); }
  const Step* caller(const std::string& name) const {
    for (const Step& x : plan.steps)
      if (x.otherwise == name || x.replacement == name) return &x;
    return nullptr;
  }
  const Service* service(const std::string& name) const {
    for (const Service& x : s.services)
      if (x.name == name) return &x;
    return nullptr;
  }

  // ---- up and down -----------------------------------------------------------------------------------------
  bool up(const std::string& name) const {
    if (thing.at(name).struck) return false;
    const Service* x = service(name);
    return !x || all_up(x->needs);
  }
  bool all_up(const std::vector<Need>& needs) const {
    for (const Need& n : needs)
      if (std::count_if(n.of.begin(), n.of.end(), [&](const std::string& m) { return up(m); }) < n.at_least) return false;
    return true;
  }
  /// After whatever happened: who was down until now and no more, and which waiting steps have their needs.
  void look_around() {
    for (auto& [name, t] : thing) {
      const bool down = !up(name);
      if (t.was_down || down) t.last_down = now;
      t.was_down = down;
    }
  }

  bool may_recover(const std::string& name) const {
    if (stood_down) return false;
    for (const Step& x : plan.steps) {
      if (std::find(x.recovers.begin(), x.recovers.end(), name) == x.recovers.end()) continue;
      const StepNow& n = now_of.at(x.name);
      if (n.state == "ended") continue;
      if (stopped && n.state != "running") continue;
      return true;
    }
    return false;
  }
  bool somebody_recovers(const std::string& name) const {
    for (const Step& x : plan.steps)
      if (std::find(x.recovers.begin(), x.recovers.end(), name) != x.recovers.end()) return true;
    return false;
  }
  bool data_gone(const std::string& name) const { return outage.data != DataState::kept && service(name)->data.has_value(); }
  bool repaired(const std::string& name) const { return thing.at(name).open_strikes == 0; }
  void come_back_by_repair() {
    for (auto& [name, t] : thing) {
      if (!t.struck || !repaired(name)) continue;
      if (!service(name)) {
        t.struck = false;
        continue;
      }
      if (may_recover(name) && (data_gone(name) || (committed && !stopped))) continue;
      t.struck = false;
      if (data_gone(name)) t.loss = std::max(t.loss, copy_age(name));
      a_repair_helped = true;
      judge = true;
    }
  }
  void judge_stand_down() {
    if (committed || stopped || stood_down || !a_repair_helped) return;
    std::vector<std::string> all, recoverable;
    for (const Service& x : s.services)
      if (thing[x.name].ever) {
        all.push_back(x.name);
        if (somebody_recovers(x.name)) recoverable.push_back(x.name);
      }
    for (const std::string& name : recoverable.empty() ? all : recoverable)
      if (thing[name].struck) return;
    if (all.empty()) return;
    stood_down = true;
    plan_end = now;
    for (auto& [name, n] : now_of) {
      if (n.state == "running") {
        n.how = "cut short";
        n.finish = now;
        leave_link(name);
      }
      n.state = "ended";
      ++n.generation;
    }
    waiting.clear();
    becoming_ready.clear();
    come_back_by_repair();
  }

  // ---- data ------------------------------------------------------------------------------------------------
  double copy_age(const std::string& name) const {
    const auto& copies = service(name)->data->copies;
    const double struck = thing.at(name).spell;
    const bool corrupted = outage.data == DataState::corrupted;
    double best = infinite;
    for (std::size_t i = 0; i < copies.size(); ++i) {
      const Stream stream = streams::copy(name, i);
      if (const auto* r = std::get_if<Replica>(&copies[i])) {
        if (corrupted || struck_regions.count(r->region)) continue;
        best = std::min(best, at(r->lag, luck(stream)));
      } else if (const auto* l = std::get_if<Log>(&copies[i])) {
        if (struck_regions.count(l->region)) continue;
        const double age = noticed + at(l->lag, luck(stream));
        if (!l->kept || age <= *l->kept) best = std::min(best, age);
      } else {
        const auto& b = std::get<Backup>(copies[i]);
        if (struck_regions.count(b.region)) continue;
        const double phase = uniform(luck(stream)).value();
        // Every cycle of the last thousand that is good; the youngest counts.
        for (long j = static_cast<long>(struck / b.every) + 2; j > static_cast<long>(struck / b.every) - 1000; --j) {
          const double began = (static_cast<double>(j) - phase) * b.every;
          if (began > struck - noticed) continue;
          if (b.kept && struck - began > *b.kept) continue;
          const auto attempt = static_cast<std::uint32_t>(j) & 0xfffffu;
          if (!heads(luck(stream, attempt, 1), b.succeeds)) continue;
          if (began + at(b.held, luck(stream, attempt, 1)) + at(b.takes, luck(stream, attempt, 2)) > struck) continue;
          best = std::min(best, struck - began);
        }
      }
    }
    return best;
  }
  double loss(const std::string& name) const {
    const Service* x = service(name);
    if (!x) return 0;
    double worst = thing.at(name).loss;
    for (const Need& n : x->needs) {
      std::vector<double> members;
      for (const std::string& m : n.of) members.push_back(loss(m));
      std::sort(members.begin(), members.end());
      worst = std::max(worst, members[static_cast<std::size_t>(n.at_least - 1)]);
    }
    return worst;
  }

  // ---- steps -----------------------------------------------------------------------------------------------
  bool plan_over() const {
    if (stood_down) return true;
    for (const Step& x : plan.steps) {
      const StepNow& n = now_of.at(x.name);
      if (!x.every && (stopped ? n.state == "running" : n.state != "ended")) return false;
    }
    return true;
  }
  std::uint32_t draw_number(const std::string& name) const {
    const StepNow& n = now_of.at(name);
    return static_cast<std::uint32_t>(n.instance * step(name).attempts + n.attempt) & 0xfffffu;
  }
  void predecessors_done(const std::string& name) {
    if (stopped || stood_down) return;
    if (caller(name) && !now_of[name].called) return;
    if (step(name).every)
      duty_due(name);
    else
      becoming_ready.push_back(name);
  }
  void duty_due(const std::string& name) {
    const Step& x = step(name);
    if (stopped || plan_over() || (!x.until.empty() && now_of[x.until].state == "ended")) return;
    later(now + *x.every, 4, [] { return true; }, [this, name] { duty_due(name); }, true);
    if (now_of[name].state == "idle") becoming_ready.push_back(name);
  }
  void make_ready(const std::string& name) {
    StepNow& n = now_of[name];
    const Step& x = step(name);
    if (stopped || stood_down) return;
    if (n.state == "needs") {
      if (all_up(x.needs)) request(name);
      return;
    }
    if (n.state != "idle" && n.state != "patient") return;
    if (x.every && !x.until.empty() && now_of[x.until].state == "ended") return;
    if (name == plan.commits_at && now < plan.patience) {
      n.state = "patient";
      later(plan.patience, 4, [] { return true; }, [this, name] { becoming_ready.push_back(name); });
      return;
    }
    n.ready = now;
    n.state = "needs";
    if (!x.only_if.empty() && std::none_of(x.only_if.begin(), x.only_if.end(), [&](const std::string& t) { return thing[t].ever; }))
      return end(name, "passed");
    if (all_up(x.needs)) return request(name);
    if (!x.otherwise.empty() && !x.waits_at_most) return call(name, x.otherwise);
    if (x.waits_at_most) expire_later(name);
  }
  void expire_later(const std::string& name) {
    StepNow& n = now_of[name];
    n.timer = true;
    later(n.ready + *step(name).waits_at_most, 6, [this, name, g = n.generation] { return now_of[name].generation == g; }, [this, name] {
      if (!step(name).otherwise.empty()) return call(name, step(name).otherwise);
      drop_from_queue(name);
      fail_for_good(name);
    }, is_duty(name));
  }
  void drop_from_queue(const std::string& name) { std::erase(waiting, name); }
  void request(const std::string& name) {
    StepNow& n = now_of[name];
    const Step& x = step(name);
    n.requested = now;
    if (x.by.empty() && x.uses.empty()) return start(name);
    n.state = "seats";
    for (const Seats& seat : x.by) ask(seat.of);
    if (x.waits_at_most && !n.timer) expire_later(name);
    waiting.push_back(name);
  }
  void ask(const std::string& role_name) {
    const Role& role = *std::find_if(s.roles.begin(), s.roles.end(), [&](const Role& r) { return r.name == role_name; });
    if (!role.responds || !asked.insert(role_name).second) return;
    const Calendar calendar(Zone(s.time_zone), role.hours);
    const bool on = calendar.on_hours(onset + now);
    for (int seat = 0; seat < role.count; ++seat) {
      double delay = 0;
      if (!on && role.responds->absent_off_hours)
        delay = calendar.next_on_hours(onset + now) - (onset + now);
      else
        delay = at(on ? role.responds->on_hours : role.responds->off_hours, luck(streams::role(role_name), static_cast<std::uint32_t>(seat)));
      later(now + delay, 0, [] { return true; }, [this, role_name] { ++free_seats[role_name]; });
    }
  }
  std::vector<Seats> seats_of(const std::string& name) const {
    std::vector<Seats> all = step(name).by;
    all.insert(all.end(), step(name).uses.begin(), step(name).uses.end());
    return all;
  }
  double mean_path(const std::string& name) const {
    double own = 0, longest = 0;
    for (const Part& p : step(name).takes) {
      if (const auto* d = std::get_if<Distribution>(&p)) own += d->mean();
      if (const auto* t = std::get_if<Transfer>(&p)) own += t->bytes / rate(t->over);
    }
    for (const Step* from = &step(name); from; from = caller(from->name))
      for (const Step& x : plan.steps)
        if (std::find(x.after.begin(), x.after.end(), from->name) != x.after.end()) longest = std::max(longest, mean_path(x.name));
    return own + longest;
  }
  bool grant() {
    std::stable_sort(waiting.begin(), waiting.end(), [&](const std::string& a, const std::string& b) {
      if (step(a).priority != step(b).priority) return step(a).priority > step(b).priority;
      if (plan.dispatch == Dispatch::critical_path_first && mean_path(a) != mean_path(b)) return mean_path(a) > mean_path(b);
      if (now_of[a].requested != now_of[b].requested) return now_of[a].requested < now_of[b].requested;
      return place_in_file(a) < place_in_file(b);
    });
    bool any = false;
    for (const std::string& name : std::vector<std::string>(waiting)) {
      if (!all_up(step(name).needs)) continue;
      const auto seats = seats_of(name);
      if (std::any_of(seats.begin(), seats.end(), [&](const Seats& x) { return free_seats[x.of] < x.count; })) continue;
      for (const Seats& x : seats) free_seats[x.of] -= x.count;
      drop_from_queue(name);
      start(name);
      any = true;
    }
    return any;
  }
  void start(const std::string& name) {
    StepNow& n = now_of[name];
    n.state = "running";
    n.start = now;
    n.finish = missing;
    n.attempt = 0;
    ++n.generation;
    in_vain = is_duty(name) ? in_vain + 1 : 0;
    begin_attempt(name);
  }
  bool wants(const std::string& name, int generation) const { return now_of.at(name).generation == generation; }
  bool has_moving_parts(const Step& x) const {
    return std::any_of(x.takes.begin(), x.takes.end(), [](const Part& p) { return !std::holds_alternative<Distribution>(p); });
  }
  double length_of(const std::string& name, std::size_t part) const {
    const auto& d = std::get<Distribution>(step(name).takes[part]);
    const StepNow& n = now_of.at(name);
    if (!d.is_constant() && n.instance == 0 && n.attempt == 0)
      for (const auto& [other, u] : correlated)
        if (other == name) return at(d, u);
    return at(d, luck(streams::step(name), draw_number(name), static_cast<std::uint32_t>(part)));
  }
  bool is_duty(const std::string& name) const { return step(name).every.has_value(); }
  void begin_attempt(const std::string& name) {
    StepNow& n = now_of[name];
    const Step& x = step(name);
    const int g = ++n.generation;
    n.timed_out = false;
    n.part = 0;
    n.attempt_start = now;
    if (!has_moving_parts(x)) {
      double length = 0;
      for (std::size_t i = 0; i < x.takes.size(); ++i) length += length_of(name, i);
      if (x.timeout && length > *x.timeout) {
        length = *x.timeout;
        n.timed_out = true;
      }
      later(now + length, 0, [this, name, g] { return wants(name, g); }, [this, name] { end_attempt(name); }, is_duty(name));
      return;
    }
    if (x.timeout)
      later(now + *x.timeout, 1, [this, name, g] { return wants(name, g); }, [this, name] {
        now_of[name].timed_out = true;
        leave_link(name);
        end_attempt(name);
      }, is_duty(name));
    next_part(name);
  }
  void next_part(const std::string& name) {
    StepNow& n = now_of[name];
    const Step& x = step(name);
    if (n.part == x.takes.size()) return end_attempt(name);
    double length = 0;
    if (const auto* t = std::get_if<Transfer>(&x.takes[n.part])) {
      if (t->bytes > 0) {
        n.left = t->bytes;
        n.in_transfer = true;
        on_link[t->over].push_back(name);
        return;
      }
    } else if (const auto* d = std::get_if<Drain>(&x.takes[n.part])) {
      length = now * d->arrives / (d->served - d->arrives);
    } else {
      length = length_of(name, n.part);
    }
    later(now + length, 0, [this, name, g = n.generation] { return wants(name, g); }, [this, name] {
      ++now_of[name].part;
      next_part(name);
    }, is_duty(name));
  }
  double rate(const std::string& link) const {
    return *std::find_if(s.capacity.begin(), s.capacity.end(), [&](const Capacity& c) { return c.name == link; })->rate;
  }
  void leave_link(const std::string& name) {
    for (auto& [link, names] : on_link) std::erase(names, name);
    now_of[name].in_transfer = false;
  }
  /// The next instant at which a transfer is through, and those that are.
  double next_transfer_end() const {
    double next = infinite;
    for (const auto& [link, names] : on_link)
      for (const std::string& x : names) next = std::min(next, now + now_of.at(x).left * static_cast<double>(names.size()) / rate(link));
    return next;
  }
  void move_transfers(double to) {
    for (auto& [link, names] : on_link)
      for (const std::string& x : names) now_of[x].left -= (to - now) * rate(link) / static_cast<double>(names.size());
  }
  bool end_transfers() {
    bool any = false;
    for (auto& [link, names] : on_link) {
      for (const std::string& x : std::vector<std::string>(names)) {
        const double total = std::get<Transfer>(step(x).takes[now_of[x].part]).bytes;
        if (now_of[x].left > total * 1e-9) continue;
        leave_link(x);
        any = true;
        later(now, 0, [this, x, g = now_of[x].generation] { return wants(x, g); }, [this, x] {
          ++now_of[x].part;
          next_part(x);
        });
      }
    }
    return any;
  }
  void end_attempt(const std::string& name) {
    StepNow& n = now_of[name];
    const Step& x = step(name);
    ++n.generation;
    const bool failed = n.timed_out || heads(luck(streams::step(name), draw_number(name)), x.fails);
    if (!failed) return end(name, "succeeded");
    if (n.attempt + 1 == x.attempts) return fail_for_good(name);
    const double pause = at(x.retry_after, luck(streams::retry(name), draw_number(name)));
    ++n.attempt;
    if (pause == 0) return begin_attempt(name);
    later(now + pause, 0, [this, name, g = n.generation] { return wants(name, g); }, [this, name] { begin_attempt(name); }, is_duty(name));
  }
  void fail_for_good(const std::string& name) {
    const Step& x = step(name);
    if (x.on_failure == OnFailure::replace && !stopped) return call(name, x.replacement);
    if (x.on_failure == OnFailure::stop && !stopped && !plan_over()) {
      stopped = true;
      for (auto& [other, n] : now_of)
        if (n.state != "running" && n.state != "ended" && other != name) ++n.generation;
      waiting.clear();
      come_back_by_repair();
    }
    end(name, "failed");
  }
  void give_back_seats(const std::string& name) {
    if (now_of[name].state != "running") return;
    for (const Seats& x : seats_of(name)) free_seats[x.of] += x.count;
  }
  void call(const std::string& who, const std::string& fallback) {
    give_back_seats(who);
    drop_from_queue(who);
    now_of[who].state = "replaced";
    ++now_of[who].generation;
    now_of[fallback].called = true;
    if (now_of[fallback].awaits.empty()) becoming_ready.push_back(fallback);
  }
  void end(const std::string& name, const std::string& how) {
    StepNow& n = now_of[name];
    const Step& x = step(name);
    ++n.generation;
    give_back_seats(name);
    n.how = how;
    n.finish = now;
    if (x.every) {
      n.state = "idle";
      n.timer = false;
      ++n.instance;
      return;
    }
    n.state = "ended";
    last_end = now;
    if (name == plan.commits_at && !stopped && !stood_down) {
      committed = true;
      committed_at = now;
    }
    if (how == "succeeded")
      for (const std::string& r : x.recovers) {
        StruckNow& t = thing[r];
        t.recovered = true;
        if (!t.struck) continue;
        t.struck = false;
        if (service(r)->data) t.loss = std::max(t.loss, copy_age(r));
        judge = true;
      }
    come_back_by_repair();
    for (const std::string& f : {x.otherwise, x.replacement})
      if (!f.empty() && !now_of[f].called && now_of[f].state != "ended") end(f, "passed");
    for (const Step& d : plan.steps)
      if (d.until == name && (now_of[d.name].state == "needs" || now_of[d.name].state == "seats")) {
        drop_from_queue(d.name);
        ++now_of[d.name].generation;
        now_of[d.name].timer = false;
        now_of[d.name].state = "idle";
      }
    if (n.called) end(caller(name)->name, "replaced");
    for (const Step& y : plan.steps)
      if (now_of[y.name].awaits.erase(name) && now_of[y.name].awaits.empty()) predecessors_done(y.name);
  }

  // ---- the run ---------------------------------------------------------------------------------------------
  std::vector<std::pair<std::string, Uniform01>> correlated;
  void correlate() {
    std::vector<std::string> names;
    for (const Step& x : plan.steps)
      for (const Correlation& c : plan.correlated)
        if (std::find(c.steps.begin(), c.steps.end(), x.name) != c.steps.end() && (names.empty() || names.back() != x.name)) names.push_back(x.name);
    const std::size_t n = names.size();
    std::vector<std::vector<double>> m(n, std::vector<double>(n, 0.0)), l = m;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) {
        m[i][j] = i == j;
        for (const Correlation& c : plan.correlated)
          if (i != j && std::count(c.steps.begin(), c.steps.end(), names[i]) && std::count(c.steps.begin(), c.steps.end(), names[j])) m[i][j] = c.rho;
      }
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = m[i][j];
        for (std::size_t k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
        l[i][j] = i == j ? std::sqrt(std::max(0.0, sum)) : l[j][j] > 1e-6 ? sum / l[j][j] : 0;
      }
    std::vector<double> z;
    for (const std::string& name : names) {
      std::size_t part = 0;
      while (!std::holds_alternative<Distribution>(step(name).takes[part]) || std::get<Distribution>(step(name).takes[part]).is_constant()) ++part;
      z.push_back(normal_quantile(uniform(luck(streams::step(name), 0, static_cast<std::uint32_t>(part))).value()));
    }
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k <= i; ++k) sum += l[i][k] * z[k];
      correlated.emplace_back(names[i], sum < 0 ? Uniform01{normal_cdf(sum), false} : Uniform01{normal_cdf(-sum), true});
    }
  }

  ReferenceOutcome run() {
    for (const Service& x : s.services) thing[x.name];
    for (const std::string& r : s.regions) thing[r];
    for (const Role& r : s.roles) free_seats[r.name] = r.responds ? 0 : r.count;
    for (const Capacity& c : s.capacity)
      if (c.slots) free_seats[c.name] = *c.slots;
    committed = plan.commits_at.empty();
    const Zone zone(s.time_zone);
    const Draw where = luck(streams::onset());
    const double week = second_uniform(where).value();
    onset = outage.starts ? onset_instant(zone, *outage.starts, week) : onset_instant(zone, week, uniform(where).value());
    if (outage.data == DataState::corrupted) noticed = at(outage.noticed_after, luck(streams::noticed_after(outage.name)));
    correlate();
    const double lasts = outage.lasts ? at(*outage.lasts, luck(streams::outage_lasts(outage.name))) : infinite;
    for (std::size_t i = 0; i < outage.strikes.size(); ++i) {
      const Strike& x = outage.strikes[i];
      const Draw l = luck(streams::strike(outage.name, i));
      if (!heads(l, x.probability)) continue;
      const double when = x.after ? at(*x.after, l) : 0;
      const double how_long = x.lasts ? at(*x.lasts, luck(streams::strike_lasts(outage.name, i))) : lasts;
      std::set<std::string> hit(x.services.begin(), x.services.end());
      if (!x.region.empty()) {
        hit.insert(x.region);
        struck_regions.insert(x.region);
        for (const Service& y : s.services)
          if (y.region == x.region) hit.insert(y.name);
      }
      later(when, 3, [] { return true; }, [this, hit, when, how_long] {
        for (const std::string& h : hit) {
          StruckNow& t = thing[h];
          ++t.open_strikes;
          if (t.recovered || t.struck) continue;
          t.struck = t.ever = true;
          t.spell = now;
        }
        if (how_long < infinite) later(when + how_long, 2, [] { return true; }, [this, hit] {
          for (const std::string& h : hit) --thing[h].open_strikes;
          come_back_by_repair();
        });
      });
    }
    for (const Step& x : plan.steps) {
      now_of[x.name];
      for (const std::string& a : x.after) now_of[x.name].awaits.insert(a);
    }
    for (const Step& x : plan.steps)
      if (x.after.empty() && !caller(x.name)) predecessors_done(x.name);
    for (int instants = 0; instants < 1'000'000; ++instants)
      if (!something_happens()) break;
    return outcome();
  }

  const Pending* next_now(int up_to_phase) {
    const Pending* best = nullptr;
    std::erase_if(pending, [](const Pending& p) { return !p.holds(); });
    for (const Pending& p : pending)
      if (p.time == now && p.phase <= up_to_phase && (!best || p.phase < best->phase || (p.phase == best->phase && p.sequence < best->sequence))) best = &p;
    return best;
  }
  bool act(const Pending* p) {
    if (!p) return false;
    const Pending chosen = *p;
    std::erase_if(pending, [&](const Pending& q) { return q.sequence == chosen.sequence; });
    chosen.act();
    return true;
  }
  /// One thing at a time, in the order of an instant; false when nothing is left.
  bool something_happens() {
    look_around();
    for (const Step& x : plan.steps)
      if (!stopped && !stood_down && now_of[x.name].state == "needs" && all_up(x.needs) &&
          std::find(becoming_ready.begin(), becoming_ready.end(), x.name) == becoming_ready.end())
        becoming_ready.push_back(x.name);
    if (end_transfers()) return true;
    if (act(next_now(2))) return true;
    if (judge) {
      judge = false;
      judge_stand_down();
      return true;
    }
    if (act(next_now(4))) return true;
    if (!becoming_ready.empty()) {
      for (std::size_t i = 0; i < becoming_ready.size(); ++i) make_ready(std::string(becoming_ready[i]));
      becoming_ready.clear();
      return true;
    }
    if (grant()) return true;
    if (act(next_now(6))) return true;
    double next = next_transfer_end();
    bool only_duties = true;
    for (const auto& [link, names] : on_link)
      for (const std::string& x : names) only_duties &= is_duty(x);
    for (const Pending& p : pending) {
      next = std::min(next, p.time);
      only_duties &= p.duty;
    }
    if (next == infinite) return false;
    if (only_duties) {
      const bool one_runs = std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& x) { return x.every && now_of[x.name].state == "running"; });
      const bool one_is_awaited = std::any_of(waiting.begin(), waiting.end(), [&](const std::string& x) { return !is_duty(x) && all_up(step(x).needs); });
      if (!one_runs || !one_is_awaited || in_vain > 1000) return false;
    }
    move_transfers(next);
    now = next;
    return true;
  }

  ReferenceOutcome outcome() {
    ReferenceOutcome out;
    for (auto& [name, t] : thing)
      if (service(name) && service(name)->data && t.struck) t.loss = std::max(t.loss, copy_age(name));
    for (const Service& x : s.services) {
      out.rto[x.name] = up(x.name) ? thing[x.name].last_down : infinite;
      out.rpo[x.name] = loss(x.name);
    }
    bool all_ended = true;
    for (const Step& x : plan.steps) {
      const StepNow& n = now_of[x.name];
      out.steps[x.name] = {n.start, n.finish, n.how};
      if (!x.every) all_ended &= n.state == "ended";
    }
    out.plan_end = stood_down ? plan_end : stopped || all_ended ? last_end : infinite;
    out.stood_down = stood_down;
    out.stopped = stopped;
    return out;
  }
};

}  // namespace

ReferenceOutcome refer(const Scenario& scenario, const std::string& name, std::uint64_t seed, std::uint32_t replication, Tables& tables) {
  const Scenario& s = scenario.seen_by(name);
  const Outage& outage = *std::find_if(s.outages.begin(), s.outages.end(), [&](const Outage& o) { return o.name == name; });
  const Plan& plan = *std::find_if(s.plans.begin(), s.plans.end(), [&](const Plan& p) { return p.name == outage.plan; });
  return Reference(s, outage, plan, seed, replication, tables).run();
}

}  // namespace muster
