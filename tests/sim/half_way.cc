#include "tests/sim/half_way.h"

namespace muster {
namespace {

using State = Replication::State;
using How = Replication::How;
using Told = RunProgress::Step::State;

void add_step(RunProgress& out, const Program& p, const Replication& r, const Story& story, std::int32_t s) {
  const auto& run = r.step(s);
  const auto& step = p.steps[static_cast<std::size_t>(s)];
  if (run.state == State::patient || (run.state == State::idle && (step.every == 0 || run.instance == 0))) return;
  RunProgress::Step told;
  told.name = p.step_names[static_cast<std::size_t>(s)];
  told.ready = run.ready;
  told.attempt = run.attempt;
  told.instance = run.instance;
  told.attempt_began = run.attempt_start;
  told.ended = run.finish;
  if (run.ran) told.began = run.start;
  switch (run.state) {
    case State::running: told.state = Told::running; break;
    case State::pausing: told.state = Told::pausing; break;
    case State::replaced: told.state = Told::replaced; break;
    case State::ended:
    case State::idle:
      told.state = run.how == How::passed ? Told::passed : run.how == How::succeeded ? Told::succeeded : run.how == How::failed ? Told::failed : Told::stood_in_for;
      break;
    default:
      told.state = Told::waiting;
      told.began.reset();
      told.attempt = 0;
  }
  for (const StoryStep& each : story.steps)
    for (const StoryAttempt& attempt : each.attempts)
      if (each.name == told.name && attempt.end <= out.now) told.past.push_back({attempt.start, attempt.end});
  out.steps.push_back(told);
}

}  // namespace

RunProgress half_way(const Program& p, Replication& r, std::uint64_t seed, std::uint32_t replication, double now) {
  const Story story = r.tell(seed, replication);
  r.run_until(seed, replication, now);
  RunProgress out;
  out.now = now;
  if (p.onset_matters) out.onset = r.onset();
  for (std::size_t s = 0; s < p.steps.size(); ++s) add_step(out, p, r, story, static_cast<std::int32_t>(s));
  for (std::size_t i = 0; i < p.resources.size(); ++i) {
    const auto& resource = r.world().resources[i];
    if (!p.resources[i].responds || resource.users == 0) continue;
    std::int32_t arrived = resource.free;
    for (std::size_t s = 0; s < p.steps.size(); ++s)
      for (std::uint32_t k = p.steps[s].seats.begin; k < p.steps[s].seats.end; ++k)
        if (r.step(static_cast<std::int32_t>(s)).holds && p.seats[k].resource == static_cast<std::int32_t>(i)) arrived += p.seats[k].count;
    out.roles.push_back({p.resources[i].name, resource.first_asked, static_cast<std::uint32_t>(arrived)});
  }
  // By the names of the draws, as sim/streams.h has them.
  double lasts = Program::forever;
  if (p.has_lasts) lasts = p.sample(p.lasts, draw(seed, replication, p.lasts_stream));
  for (const auto& strike : p.strikes) {
    const Draw luck = draw(seed, replication, strike.stream);
    RunProgress::Strike told;
    told.at = strike.at_onset ? 0 : p.sample(strike.after, luck);
    const bool strikes = strike.probability >= 1 || heads(luck, strike.probability);
    told.seen = strikes && told.at <= now ? RunProgress::Strike::Seen::struck : RunProgress::Strike::Seen::not_yet;
    const double own = strike.own_lasts ? p.sample(strike.lasts, draw(seed, replication, strike.lasts_stream)) : lasts;
    if (told.seen == RunProgress::Strike::Seen::struck && told.at + own <= now) told.repaired = told.at + own;
    out.strikes.push_back(told);
  }
  for (std::int32_t n = 0; n < p.services; ++n)
    if (const auto& node = r.node(n); node.ever_struck && !node.struck && !node.recovered && !r.world().nodes[static_cast<std::size_t>(n)].down)
      out.back.push_back({p.node_names[static_cast<std::size_t>(n)], r.world().nodes[static_cast<std::size_t>(n)].last_down});
  return out;
}

}  // namespace muster
