#include "exercise/programme/windows.h"

#include <algorithm>

#include "exercise/guard.h"
#include "exercise/refused.h"

namespace muster {
namespace {

constexpr Day slack = 8;  // days on either side, for what begins before or ends after

Instant midnight(const Zone& zone, Day day) { return zone.from_local(day * 86'400LL); }

struct Spans {
  std::vector<DateSpan> days;

  Spans(const SpanBlackout& once, Day, Day) { days.push_back(once.days); }
  Spans(const YearlyBlackout& yearly, Day first, Day last) {
    for (int year = date_of(first).year - 1; year <= date_of(last).year; ++year) {
      const Day from = day_of(year, yearly.from.month, yearly.from.of_month);
      Day to = day_of(year, yearly.to.month, yearly.to.of_month);
      if (to < from) to = day_of(year + 1, yearly.to.month, yearly.to.of_month);
      days.push_back({from, to, ""});
    }
  }
  Spans(const WeekdayBlackout& around, Day first, Day last) {
    for (int year = date_of(first).year - 1; year <= date_of(last).year + 1; ++year)
      days.push_back({day_of(around.on, year) - around.before, day_of(around.on, year) + around.after, ""});
  }
  Spans(const EdgeBlackout& edge, Day first, Day last) {
    for (Day day = first; day <= last;) {
      const DatePeriod period = period_of(edge.of, day);
      const Day length = std::min(edge.days, period.last - period.first + 1);
      days.push_back(edge.last ? DateSpan{period.last - length + 1, period.last, period.name} : DateSpan{period.first, period.first + length - 1, period.name});
      day = period.last + 1;
    }
  }
};

}  // namespace

std::vector<Window> merged(std::vector<Window> windows) {
  std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) { return a.from != b.from ? a.from < b.from : a.to < b.to; });
  std::vector<Window> out;
  for (const Window& window : windows) {
    if (window.to <= window.from) continue;
    if (!out.empty() && window.from <= out.back().to) out.back().to = std::max(out.back().to, window.to);
    else out.push_back(window);
  }
  return out;
}

namespace {

// The first that ends after `at`.
std::vector<Window>::const_iterator ending_after(const std::vector<Window>& windows, Instant at) {
  return std::upper_bound(windows.begin(), windows.end(), at, [](Instant moment, const Window& window) { return moment < window.to; });
}

}  // namespace

bool overlaps(const std::vector<Window>& windows, Instant from, Instant to) {
  const auto next = ending_after(windows, from);
  return next != windows.end() && next->from < to;
}

bool lies_within(const std::vector<Window>& windows, Instant from, Instant to) {
  const auto next = ending_after(windows, from);
  return next != windows.end() && next->from <= from && next->to >= to;
}

std::vector<Window> open_windows(const std::vector<OpeningHours>& hours, const Zone& zone, Day first, Day last) {
  std::vector<Window> out;
  for (Day day = first - 1; day <= last + 1; ++day)
    for (const OpeningHours& h : hours)
      if (h.days[weekday_of(day)]) out.push_back({zone.from_local(day * 86'400LL + h.opens * 60LL), zone.from_local(day * 86'400LL + h.closes * 60LL)});
  return merged(std::move(out));
}

std::string trouble_with_calendar(const std::string& file, Day first, Day last, const std::string& zone) {
  const Zone its(zone);
  try {
    read_calendar(file, midnight(its, first - slack), midnight(its, last + slack + 1), its);
    return "";
  } catch (const Refused& refused) {
    return refused.what();
  }
}

ProgrammeWindows windows_of(const Programme& programme) {
  const Day first = programme.first() - slack, last = programme.last() + slack;
  const Zone zone(programme.time_zone);
  const Instant from = midnight(zone, first), to = midnight(zone, last + 1);
  ProgrammeWindows out;
  for (const BlackoutRule& rule : programme.blackouts) {
    std::vector<Window> windows;
    const auto add = [&](Instant begin, Instant end, const std::string& why) {
      if (end <= from || begin >= to) return;
      windows.push_back({begin, end});
      out.named.push_back({rule.name, why, begin, end});
    };
    if (const auto* calendar = std::get_if<CalendarBlackout>(&rule.when)) {
      for (const Blackout& event : read_calendar(calendar->file, from, to, zone)) add(event.from, event.to, event.why);
    } else {
      const Spans spans = std::visit(
          [&](const auto& when) -> Spans {
            if constexpr (std::is_same_v<std::decay_t<decltype(when)>, CalendarBlackout>) return Spans(SpanBlackout{{1, 0, ""}}, first, last);
            else return Spans(when, first, last);
          },
          rule.when);
      for (const DateSpan& span : spans.days)
        if (span.last >= first && span.first <= last) add(midnight(zone, span.first), midnight(zone, span.last + 1), span.why);
    }
    out.blackouts.push_back(merged(std::move(windows)));
  }
  std::stable_sort(out.named.begin(), out.named.end(), [](const NamedWindow& a, const NamedWindow& b) { return a.from < b.from; });
  for (const Person& person : programme.people) {
    const Zone own(person.time_zone);
    out.hours.push_back(open_windows(person.hours, own, first, last));
    std::vector<Window> away;
    for (const DateSpan& span : person.absences) away.push_back({midnight(own, span.first), midnight(own, span.last + 1)});
    for (const std::string& file : person.calendars)
      for (const Blackout& event : read_calendar(file, from, to, own)) away.push_back({event.from, event.to});
    out.away.push_back(merged(std::move(away)));
  }
  for (const PlannedExercise& exercise : programme.exercises)
    out.exercise_hours.push_back(exercise.hours.empty() ? std::vector<Window>() : open_windows(exercise.hours, zone, first, last));
  return out;
}

}  // namespace muster
