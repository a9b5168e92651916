#include <algorithm>
#include <cmath>
#include <limits>

#include "exercise/probing.h"

namespace muster {
namespace {

/// A step function of time: what holds from each instant on; the first instant is the beginning of time.
using Course = std::vector<std::pair<std::int64_t, Truth>>;
constexpr std::int64_t beginning = std::numeric_limits<std::int64_t>::min();

std::int64_t nanoseconds(double seconds) { return static_cast<std::int64_t>(std::llround(seconds * 1e9)); }

Truth weaker(Truth a, Truth b) {
  if (a == Truth::no || b == Truth::no) return Truth::no;
  return a == Truth::yes && b == Truth::yes ? Truth::yes : Truth::unknown;
}

Truth opposite(Truth a) { return a == Truth::unknown ? a : a == Truth::yes ? Truth::no : Truth::yes; }

void extend(Course& course, std::int64_t from, Truth truth) {
  if (course.empty() || course.back().second != truth) course.emplace_back(from, truth);
}

Course opposite(Course course) {
  for (auto& [from, truth] : course) truth = opposite(truth);
  return course;
}

Course weaker(const Course& a, const Course& b) {
  Course out;
  std::size_t i = 0, j = 0;
  std::int64_t at = beginning;
  for (;;) {
    extend(out, at, weaker(a[i].second, b[j].second));
    const bool more_a = i + 1 < a.size(), more_b = j + 1 < b.size();
    if (!more_a && !more_b) return out;
    at = !more_b || (more_a && a[i + 1].first <= b[j + 1].first) ? a[i + 1].first : b[j + 1].first;
    if (more_a && a[i + 1].first == at) ++i;
    if (more_b && b[j + 1].first == at) ++j;
  }
}

/// The weakest moment of [t - held, t]: `no` lasts longer by that, `yes` begins later.
Course held_for(const Course& course, std::int64_t held) {
  Course ends_later{{beginning, Truth::yes}};  // no, and that much longer; else yes
  Course begins_later{{beginning, Truth::unknown}};
  for (std::size_t i = 0; i < course.size(); ++i) {
    const auto [from, truth] = course[i];
    const bool last = i + 1 == course.size();
    const std::int64_t to = last ? 0 : course[i + 1].first;
    if (truth == Truth::no) {
      while (!ends_later.empty() && ends_later.back().first >= from) ends_later.pop_back();
      extend(ends_later, from, Truth::no);
      if (!last) extend(ends_later, to + held, Truth::yes);
    } else if (truth == Truth::yes && (last || to - from > held)) {
      extend(begins_later, from + held, Truth::yes);
      if (!last) extend(begins_later, to, Truth::unknown);
    }
  }
  return weaker(ends_later, begins_later);
}

void find_leaves(const Condition& condition, std::vector<std::string>& probes) {
  if (condition.kind == Condition::Kind::probe && std::count(probes.begin(), probes.end(), condition.probe) == 0)
    probes.push_back(condition.probe);
  for (const auto& part : condition.of) find_leaves(part, probes);
}

std::int64_t reach(const Condition& condition) {
  std::int64_t longest = 0;
  for (const auto& part : condition.of) longest = std::max(longest, reach(part));
  return longest + nanoseconds(condition.holds_for);
}

template <typename CourseOf>
Course course_of(const Condition& condition, const CourseOf& of_probe) {
  Course course;
  switch (condition.kind) {
    case Condition::Kind::probe:
      course = of_probe(condition.probe);
      break;
    case Condition::Kind::negation:
      course = opposite(course_of(condition.of.at(0), of_probe));
      break;
    case Condition::Kind::all:
      course = {{beginning, Truth::yes}};
      for (const auto& part : condition.of) course = weaker(course, course_of(part, of_probe));
      break;
    case Condition::Kind::any:
      course = {{beginning, Truth::yes}};  // by De Morgan
      for (const auto& part : condition.of) course = weaker(course, opposite(course_of(part, of_probe)));
      course = opposite(course);
      break;
  }
  return condition.holds_for > 0 ? held_for(course, nanoseconds(condition.holds_for)) : course;
}

}  // namespace

ConditionWatch::ConditionWatch(const Condition& condition) : condition_(condition), memory_(reach(condition)) {
  std::vector<std::string> probes;
  find_leaves(condition, probes);
  for (const auto& probe : probes) leaves_.push_back({probe, {{beginning, Truth::unknown}}, beginning});
}

void ConditionWatch::tell(const std::string& name, Truth up, const Moment& at) {
  for (auto& leaf : leaves_) {
    if (leaf.probe != name) continue;
    auto& from = leaf.from;
    leaf.told = std::max(leaf.told, at.boot);
    if (leaf.told == from.back().first) from.pop_back();  // of several at one instant the last one counts
    extend(from, leaf.told, up);
    // What ended before all that `for` can reach is forgotten.
    while (from.size() > 2 && from[2].first < leaf.told - memory_) from.erase(from.begin() + 1);
  }
}

Truth ConditionWatch::now(const Moment& now) const {
  const Course course = course_of(condition_, [&](const std::string& probe) {
    return std::find_if(leaves_.begin(), leaves_.end(), [&](const Leaf& leaf) { return leaf.probe == probe; })->from;
  });
  Truth truth = Truth::unknown;
  for (const auto& [from, holds] : course)
    if (from <= now.boot) truth = holds;
  return truth;
}

Truth Counter::add(Sample::Verdict verdict) {
  if (verdict == Sample::Verdict::unknown) {
    run_ = 0;
    now_ = Truth::unknown;
  } else {
    run_ = verdict == last_ ? run_ + 1 : 1;
    if (verdict == Sample::Verdict::passing && run_ >= passes_) now_ = Truth::yes;
    if (verdict == Sample::Verdict::failing && run_ >= failures_) now_ = Truth::no;
  }
  last_ = verdict;
  return now_;
}

}  // namespace muster
