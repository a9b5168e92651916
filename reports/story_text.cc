#include "reports/story_text.h"

#include <algorithm>
#include <cmath>

#include "models/units.h"
#include "reports/gantt.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/table.h"

namespace muster {
namespace {

using End = StoryStep::End;
using Kind = Cause::Kind;

// In a few words, to follow "began".
std::string because(const Cause& cause) {
  const std::string by = cause.step == cause.name ? "" : cause.step;
  switch (cause.kind) {
    case Kind::onset:
      return "at the onset";
    case Kind::predecessor:
      return "after " + cause.name;
    case Kind::seat:
    case Kind::slot:
      return by.empty() ? "when " + cause.name + " was free" : "when " + by + " freed " + cause.name;
    case Kind::bandwidth:
      return "sharing " + cause.name + (by.empty() ? "" : " with " + by);
    case Kind::person:
      return "when " + cause.name + " responded";
    case Kind::service:
      return "when " + cause.name + " was up" + (by.empty() ? "" : ", by " + by);
    case Kind::patience:
      return "when patience was over";
    case Kind::called:
      return "in place of " + (by.empty() ? cause.name : by);
  }
  return "";
}

std::string title(const Story& story, const Style& style) {
  std::string out = style.paint(Ink::bold, wrapped(printable(story.title), style.width));
  out += style.paint(Ink::dim,
                     wrapped(printable(story.file) + " · outage " + story.outage + " · replication " +
                                 std::to_string(story.replication) + " · seed " + std::to_string(story.seed),
                             style.width));
  std::string said;
  if (!story.chosen_because.empty()) said = "Chosen because " + story.chosen_because + ". ";
  if (!story.onset_local.empty()) said += "Struck " + story.onset_local + ". ";
  said += std::isfinite(story.recovery)
              ? story.recovery > 0 ? "Everything was back after " + human_duration(story.recovery) + "; "
                                   : "Nothing was ever down; "
              : "Not everything came back; ";
  said += std::isfinite(story.plan_end) ? "the plan ended after " + human_duration(story.plan_end) + "."
                                        : "the plan never ended.";
  if (story.stood_down) said += " The provider was back first, and the plan stood down.";
  if (story.stopped) said += " The plan stopped on a failed step.";
  return out + wrapped(printable(said), style.width);
}

// Services with the same outcome share a row.
std::string outcomes(const Story& story, const Style& style) {
  Table table({{"service"},
               {"recovery", Align::right},
               {"data loss", Align::right},
               {"came back by", Align::left, 34}});
  std::vector<std::string> untouched;
  std::vector<std::pair<const StoryService*, std::string>> rows;
  for (const StoryService& service : story.services) {
    if (!service.struck && service.rto <= 0 && service.rpo <= 0) {
      untouched.push_back(service.name);
      continue;
    }
    const auto alike = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
      return row.first->rto == service.rto && row.first->rpo == service.rpo &&
             row.first->came_back_by == service.came_back_by;
    });
    if (alike == rows.end())
      rows.emplace_back(&service, service.name);
    else
      alike->second += ", " + service.name;
  }
  const auto ink = [](double value) { return std::isfinite(value) ? Ink::plain : Ink::bad; };
  for (const auto& [service, names] : rows)
    table.row({{names},
               {short_duration(service->rto), ink(service->rto)},
               {short_duration(service->rpo), ink(service->rpo)},
               {service->came_back_by}});
  std::string out = style.heading("OUTCOME") + (table.empty() ? "  Nothing was down.\n" : table.text(style));
  if (!untouched.empty())
    out += wrapped("Not affected: " + enumerated(untouched, 12) + ".", style.width, "  ", "    ");
  return out;
}

const StoryStep* critical_step(const Story& story, const std::string& name) {
  const StoryStep* found = nullptr;
  for (const StoryStep& step : story.steps)
    if (step.name == name && (!found || (step.critical && !found->critical))) found = &step;
  return found;
}

std::string critical_path(const Story& story, const Style& style) {
  if (story.critical_path.empty()) return "";
  int longest = 0;
  for (const std::string& name : story.critical_path) longest = std::max(longest, display_width(name));
  const int room = std::clamp(style.width - 36 - longest, 20, 40);
  Table table({{"step"},
               {"waited", Align::right},
               {"start", Align::right},
               {"took", Align::right},
               {"end", Align::right},
               {"began", Align::left, room}});
  for (const std::string& name : story.critical_path) {
    const StoryStep* step = critical_step(story, name);
    if (!step) {
      table.row({{name}});
      continue;
    }
    const bool ran = std::isfinite(step->start);
    table.row({{name, Ink::bold},
               {ran && step->start > step->ready ? short_duration(step->start - step->ready) : ""},
               {ran ? short_duration(step->start) : "–"},
               {ran ? short_duration(step->finish - step->start) : "–"},
               {short_duration(step->finish)},
               {because(step->cause)}});
  }
  const auto service = std::find_if(story.services.begin(), story.services.end(),
                                    [&](const StoryService& s) { return s.name == story.service; });
  const double took = service == story.services.end() ? story.recovery : service->rto;
  return style.heading("WHY " + shortened(story.service, 32) + " TOOK " + human_duration(took) +
                       " (the critical path)") +
         table.text(style);
}

/// What became of a step that did not come to an end of its own.
std::string no_end_sentence(const Story& story, const StoryStep& step) {
  const std::string when = step.name + " was ready at " + human_duration(step.ready);
  const bool ran = std::isfinite(step.start);
  if (step.end == End::replaced)
    return (ran ? step.name + " failed; " : when + " but did not get to run; ") + step.replaced_by + " took its place.";
  if (!step.replaced_by.empty())
    return (ran ? step.name + " failed, and " : when + " but did not get to run, and ") + step.replaced_by +
           (story.stopped ? ", called in its place, had not ended when the plan stopped." : ", called in its place, never ends.");
  return when + (story.stopped ? " and had not begun when the plan stopped." : " and waits for ever.");
}

std::string wait_sentence(const Story& story, const StoryStep& step) {
  if (step.end == End::replaced || step.end == End::waiting) return no_end_sentence(story, step);
  const double waited = step.start - step.ready;
  if (!(waited > 0) || !std::isfinite(waited)) return "";
  std::string out = step.name + " waited " + human_duration(waited) + " and began " + because(step.cause);
  if (!step.holders.empty()) out += ", held by " + enumerated(step.holders, 4);
  return out + ".";
}

std::string waits(const Story& story, const Style& style) {
  std::string out;
  for (const StoryStep& step : story.steps) out += wrapped(wait_sentence(story, step), style.width, "  ", "    ");
  return out.empty() ? "" : style.heading("WHAT WAITED FOR WHAT") + out;
}

std::string copies(const Story& story, const Style& style) {
  std::string out;
  for (const StoryService& service : story.services) {
    if (!service.struck || service.copies.empty()) continue;
    Table table({{""}, {"", Align::left, 36}, {"", Align::right}, {"", Align::left, 26}});
    for (const StoryCopy& copy : service.copies)
      table.row({{copy.chosen   ? "●"
                  : copy.usable ? "○"
                                : "✗",
                  copy.chosen ? Ink::good : Ink::plain},
                 {copy.copy, copy.chosen ? Ink::bold : Ink::plain},
                 {std::isfinite(copy.age) ? short_duration(copy.age) + " old" : ""},
                 {copy.chosen   ? "restored"
                  : copy.usable ? "usable"
                                : copy.why}});
    out += "  " + shortened(service.name, style.width - 2) + "\n" + table.text(style);
  }
  return out.empty() ? "" : style.heading("COPIES OF THE DATA") + out;
}

// What happened at the same instant is told in one go.
std::string events(const Story& story, const Style& style) {
  std::string out;
  for (std::size_t i = 0; i < story.events.size();) {
    const double at = story.events[i].at;
    std::string what = printable(story.events[i].what);
    while (++i < story.events.size() && story.events[i].at == at)
      what += "; " + printable(story.events[i].what);
    out +=
        wrapped(what, style.width, "  " + padded(short_duration(at), 6, Align::right) + "  ", "            ");
  }
  return out.empty() ? "" : style.heading("WHAT HAPPENED") + out;
}

}  // namespace

std::string story_text(const Story& story, const Style& style) {
  std::string out = title(story, style);
  const std::string parts[] = {outcomes(story, style),      style.heading("TIMELINE") + gantt(story, style),
                               critical_path(story, style), waits(story, style),
                               copies(story, style),        events(story, style)};
  for (const std::string& part : parts)
    if (!part.empty()) out += "\n" + part;
  return out;
}

}  // namespace muster
