#include <algorithm>
#include <cstdio>

#include "models/units.h"
#include "sim/copies.h"
#include "sim/replication.h"

/// One replication, written down while it runs.
namespace muster {
namespace {

std::string moment(double t) { return t == never ? "never" : human_duration(t); }

const char* const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

std::string local_moment(const Zone& zone, double onset) {
  const long long local = zone.to_local(onset);
  const long long days = local >= 0 ? local / 86400 : -((-local + 86399) / 86400);
  const long long seconds = local - days * 86400;
  char text[32];
  std::snprintf(text, sizeof text, "%s %02d:%02d", weekdays[((days % 7) + 10) % 7], static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60));
  return std::string(text) + " (" + zone.name() + ")";
}

}  // namespace

Story Replication::tell(std::uint64_t seed, std::uint32_t replication, std::int32_t service) {
  Story story;
  story.seed = seed;
  story.replication = replication;
  story.outage = p_.outage;
  drafts_.assign(p_.steps.size(), {});
  story_ = &story;
  run(seed, replication, true);
  finish_story(service);
  story_ = nullptr;
  return story;
}

void Replication::note(std::string what) { story_->events.push_back({w_.now, std::move(what)}); }

std::string Replication::list_of(const Span& nodes) const {
  std::string text;
  for (std::uint32_t i = nodes.begin; i < nodes.end; ++i)
    text += (text.empty() ? "" : ", ") + p_.node_names[static_cast<std::size_t>(p_.pool[i])];
  return text;
}

Cause Replication::told(const CauseOf& c) const {
  const auto step_name = [&](std::int32_t s) { return s == none ? std::string() : p_.step_names[static_cast<std::size_t>(s)]; };
  const auto resource = [&] { return c.thing == none ? std::string() : p_.resources[static_cast<std::size_t>(c.thing)].name; };
  switch (c.why) {
    case Why::predecessor: return {Cause::Kind::predecessor, step_name(c.by), step_name(c.by)};
    case Why::seat: return {Cause::Kind::seat, resource(), step_name(c.by)};
    case Why::slot: return {Cause::Kind::slot, resource(), step_name(c.by)};
    case Why::person: return {Cause::Kind::person, resource(), step_name(c.by)};
    case Why::service: return {Cause::Kind::service, p_.node_names[static_cast<std::size_t>(c.thing)], step_name(c.by)};
    case Why::patience: return {Cause::Kind::patience, "patience", ""};
    case Why::called: return {Cause::Kind::called, step_name(c.by), step_name(c.by)};
    case Why::bandwidth: return {Cause::Kind::bandwidth, "", step_name(c.by)};
    case Why::onset: break;
  }
  return {};
}

void Replication::note_ready(std::int32_t s) {
  StoryStep& d = drafts_[static_cast<std::size_t>(s)];
  const StepRun& r = step(s);
  d = {};
  d.name = p_.step_names[static_cast<std::size_t>(s)];
  d.ready = r.ready;
  d.duty = step_of(s).every > 0;
  d.instance = static_cast<int>(r.instance);
  d.end = StoryStep::End::waiting;
  const Span seats = step_of(s).seats;
  for (std::uint32_t i = seats.begin; i < seats.end; ++i)
    d.by.push_back(std::to_string(p_.seats[i].count) + " " + p_.resources[static_cast<std::size_t>(p_.seats[i].resource)].name);
}

void Replication::note_request(std::int32_t s) {
  StoryStep& d = drafts_[static_cast<std::size_t>(s)];
  d.requested = w_.now;
  const Span seats = step_of(s).seats;
  for (std::uint32_t i = seats.begin; i < seats.end; ++i) {
    const std::int32_t resource = p_.seats[i].resource;
    if (w_.resources[static_cast<std::size_t>(resource)].free >= p_.seats[i].count) continue;
    for (std::size_t other = 0; other < steps_.size(); ++other) {
      if (!steps_[other].holds) continue;
      const Span held = p_.steps[other].seats;
      for (std::uint32_t k = held.begin; k < held.end; ++k)
        if (p_.seats[k].resource == resource) d.holders.push_back(p_.step_names[other]);
    }
  }
}

void Replication::note_start(std::int32_t s) {
  StoryStep& d = drafts_[static_cast<std::size_t>(s)];
  if (d.requested == never) d.requested = step(s).requested;
  d.start = w_.now;
  d.cause = told(step(s).began);
}

void Replication::note_attempt(std::int32_t s, bool failed) {
  const StepRun& r = step(s);
  drafts_[static_cast<std::size_t>(s)].attempts.push_back({r.attempt_start, w_.now, failed, r.timed_out});
  if (failed)
    note(p_.step_names[static_cast<std::size_t>(s)] + (r.timed_out ? " ran into its timeout" : " failed") + " (attempt " +
         std::to_string(r.attempt + 1) + " of " + std::to_string(step_of(s).attempts) + ")");
}

void Replication::note_end(std::int32_t s) {
  StoryStep& d = drafts_[static_cast<std::size_t>(s)];
  const StepRun& r = step(s);
  if (d.name.empty()) {
    d.name = p_.step_names[static_cast<std::size_t>(s)];
    d.ready = never;
  }
  d.finish = w_.now;
  switch (r.how) {
    case How::passed: d.end = StoryStep::End::passed; break;
    case How::succeeded: d.end = StoryStep::End::succeeded; break;
    case How::failed: d.end = StoryStep::End::failed; break;
    case How::replaced: d.end = StoryStep::End::replaced; break;
    case How::cut_short: d.end = StoryStep::End::cut_short; break;
    case How::not_ended: break;
  }
  if (r.how == How::replaced && r.ended_by != none) d.replaced_by = p_.step_names[static_cast<std::size_t>(r.ended_by)];
  if (d.start == never) d.cause = told(r.became_ready);
  if (r.slowed_by != none && r.ran) {
    d.cause = told({Why::bandwidth, r.slowed_by, none});
    const Span parts = step_of(s).parts;
    for (std::uint32_t i = parts.begin; i < parts.end; ++i)
      if (p_.parts[i].link != none) d.cause.name = p_.links[static_cast<std::size_t>(p_.parts[i].link)].name;
  }
  story_->steps.push_back(d);
}

void Replication::note_strike(std::int32_t which, double repaired_at) {
  note("struck: " + list_of(p_.strikes[static_cast<std::size_t>(which)].nodes) +
       (repaired_at < never ? " (the provider will need until " + moment(repaired_at) + ")" : " (the provider never repairs it)"));
}

void Replication::note_repair(std::int32_t which) {
  note("the provider has repaired " + list_of(p_.strikes[static_cast<std::size_t>(which)].nodes));
}

void Replication::note_recovered(std::int32_t n, std::int32_t by) {
  note(p_.node_names[static_cast<std::size_t>(n)] + " is recovered by " + p_.step_names[static_cast<std::size_t>(by)]);
}

void Replication::note_repaired(std::int32_t n) {
  note(p_.node_names[static_cast<std::size_t>(n)] + " is back by the provider's repair");
}

void Replication::note_up(std::int32_t n, std::int32_t) {
  note(p_.node_names[static_cast<std::size_t>(n)] + " is up");
}

void Replication::finish_story(std::int32_t service) {
  Story& story = *story_;
  story.onset = onset_;
  story.onset_local = local_moment(p_.zone, onset_);
  story.recovery = recovery_;
  story.plan_end = plan_end_;
  story.stood_down = stood_down_;
  story.stopped = stopped_;
  story.committed_at = committed_at_;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const StepRun& r = steps_[i];
    if (r.how != How::not_ended || (p_.steps[i].every > 0 && r.state == State::idle)) continue;
    StoryStep d = drafts_[i];
    if (d.name.empty()) d.name = p_.step_names[i];
    // Called, and never through: the caller's end is not to come.
    for (const std::int32_t f : {p_.steps[i].otherwise, p_.steps[i].replacement})
      if (r.state == State::replaced && f != none && step(f).called) d.replaced_by = p_.step_names[static_cast<std::size_t>(f)];
    story.steps.push_back(d);
  }
  std::stable_sort(story.steps.begin(), story.steps.end(), [](const StoryStep& a, const StoryStep& b) {
    const double x = std::min(a.start, a.ready), y = std::min(b.start, b.ready);
    return x < y;
  });
  std::vector<std::int32_t> path;
  const std::int32_t whose = service == none ? last_service_ : service;
  if (whose != none) story.service = p_.node_names[static_cast<std::size_t>(whose)];
  critical_path(whose, path);
  for (auto it = path.rbegin(); it != path.rend(); ++it) story.critical_path.push_back(p_.step_names[static_cast<std::size_t>(*it)]);
  for (StoryStep& s : story.steps)
    s.critical = std::find(story.critical_path.begin(), story.critical_path.end(), s.name) != story.critical_path.end();
  for (std::int32_t n = 0; n < p_.services; ++n) {
    const NodeRun& r = node(n);
    const World::Node& shared = w_.node(n);
    if (!r.ever_struck && shared.last_down == 0 && !shared.down) continue;
    StoryService s;
    s.name = p_.node_names[static_cast<std::size_t>(n)];
    s.struck = r.ever_struck;
    s.struck_at = r.ever_struck ? r.spell : never;
    s.rto = rto(n);
    s.rpo = rpo(n);
    if (!shared.down) s.came_back_by = shared.up_by == none ? "the provider's repair" : p_.step_names[static_cast<std::size_t>(shared.up_by)];
    if (r.chosen != none) {
      std::int32_t chosen = none;
      copy_loss(p_, luck(), n, r.spell - start_, w_.region_struck, chosen, &s.copies);
    }
    story.services.push_back(std::move(s));
  }
}

}  // namespace muster
