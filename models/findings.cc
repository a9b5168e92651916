#include "models/findings.h"

#include <algorithm>
#include <tuple>

#include "models/json_pointer.h"

namespace muster {

std::string View::pointer() const {
  if (parent == nullptr) return "";
  return parent->pointer() + "/" + (index >= 0 ? std::to_string(index) : escaped_token(key));
}

void Findings::add(Problem::Severity severity, Place place, const std::string& pointer, const std::string& message) {
  std::vector<Problem>& list = severity == Problem::Severity::error ? errors_ : warnings_;
  if (list.size() >= limit_) {
    more_ += severity == Problem::Severity::error;
    return;
  }
  if (severity == Problem::Severity::error) wrong_.insert(pointer);
  Problem problem{severity, document_.sources.at(place.source), place.line, place.column, pointer, message};
  if (std::find(list.begin(), list.end(), problem) == list.end()) list.push_back(std::move(problem));
}

void Findings::error(Problem problem) {
  if (full()) {
    ++more_;
    return;
  }
  wrong_.insert(problem.pointer);
  errors_.push_back(std::move(problem));
}

void Findings::error(const View& at, const std::string& message) {
  if (full()) {
    ++more_;
    return;
  }
  add(Problem::Severity::error, at->place, at.pointer(), message);
}

void Findings::error_at_key(const View& at, const std::string& message) {
  if (full()) {
    ++more_;
    return;
  }
  add(Problem::Severity::error, at.key_place.line > 0 ? at.key_place : at->place, at.pointer(), message);
}

void Findings::error(const std::string& pointer, const std::string& message) {
  if (full()) {
    ++more_;
    return;
  }
  add(Problem::Severity::error, place_of(document_.root, pointer), pointer, message);
}

void Findings::warning(Problem problem) {
  if (warnings_.size() < limit_) warnings_.push_back(std::move(problem));
}

void Findings::warning(const std::string& pointer, const std::string& message) {
  if (warnings_.size() < limit_)
    add(Problem::Severity::warning, place_of(document_.root, pointer), pointer, message);
}

void Findings::error_in(const std::string& file, int line, const View& at, const std::string& message) {
  if (full()) {
    ++more_;
    return;
  }
  if (line == 0) return error(at, file + ": " + message);
  std::string pointer = at.pointer();
  wrong_.insert(pointer);
  errors_.push_back({Problem::Severity::error, file, line, 0, pointer, message});
}

void Findings::add_new(const Findings& others, const std::string& prefix) {
  auto take = [&](const std::vector<Problem>& from, std::vector<Problem>& to) {
    const std::vector<Problem> known = to;
    for (Problem problem : from) {
      if (std::find(known.begin(), known.end(), problem) != known.end()) continue;
      problem.message = prefix + problem.message;
      if (to.size() < limit_) {
        to.push_back(std::move(problem));
      } else {
        more_ += problem.severity == Problem::Severity::error;
      }
    }
  };
  take(others.errors_, errors_);
  take(others.warnings_, warnings_);
}

bool Findings::clean(const std::string& pointer) const {
  auto below = wrong_.lower_bound(pointer);
  if (below == wrong_.end()) return true;
  if (*below == pointer) return false;
  below = wrong_.lower_bound(pointer + "/");
  return below == wrong_.end() || below->compare(0, pointer.size() + 1, pointer + "/") != 0;
}

namespace {
// The scenario itself first, tables after it.
std::vector<Problem> in_file_order(std::vector<Problem> problems, const std::string& file) {
  auto key = [&](const Problem& problem) { return std::tuple(problem.file != file, problem.file, problem.line, problem.column); };
  std::stable_sort(problems.begin(), problems.end(), [&](const Problem& a, const Problem& b) { return key(a) < key(b); });
  return problems;
}
}  // namespace

std::vector<Problem> Findings::sorted_errors() const {
  std::vector<Problem> problems = in_file_order(errors_, document_.sources.at(0));
  if (more_ > 0)
    problems.push_back({Problem::Severity::error, document_.sources.at(0), 0, 0, "", "and " + std::to_string(more_) + " more problems"});
  return problems;
}

std::vector<Problem> Findings::sorted_warnings() const { return in_file_order(warnings_, document_.sources.at(0)); }

}  // namespace muster
