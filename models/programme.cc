#include "models/programme.h"

namespace muster {
namespace {

template <typename T>
const T* named_in(const std::vector<T>& all, const std::string& name) {
  for (const T& one : all)
    if (one.name == name) return &one;
  return nullptr;
}

}  // namespace

const PlannedExercise* Programme::exercise(const std::string& exercise_name) const { return named_in(exercises, exercise_name); }
const Person* Programme::person(const std::string& person_name) const { return named_in(people, person_name); }

std::string word_of(Exercise::Kind kind) {
  switch (kind) {
    case Exercise::Kind::tabletop: return "tabletop";
    case Exercise::Kind::functional: return "functional";
    case Exercise::Kind::full_scale: return "full-scale";
    case Exercise::Kind::incident: return "incident";
  }
  return "";
}

std::optional<Exercise::Kind> kind_of_word(std::string_view word) {
  for (const auto kind : {Exercise::Kind::tabletop, Exercise::Kind::functional, Exercise::Kind::full_scale})
    if (word_of(kind) == word) return kind;
  return {};
}

}  // namespace muster
