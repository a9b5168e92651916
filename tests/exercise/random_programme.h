#pragma once
#include <random>

#include "models/schedule.h"

/// Programmes made up by a seed, without files; and the rules of programmes as a second opinion, which shares nothing with planning but
/// the values: wall clocks come from the C library.
namespace muster {

struct MadeUp {
  Programme programme;
  std::vector<ExerciseWorth> worth;
};
/// Of the size that people have: a quarter or two, up to a dozen exercises. About a third cannot be satisfied.
MadeUp made_up(std::mt19937& random);
/// A few days, a few exercises: small enough to try everything.
MadeUp tiny(std::mt19937& random);
/// A quarter with 12 exercises, 6 people and 3 blackout windows.
MadeUp quarter_of_twelve();

/// Rules that are looked at; those of a kind can be left out one by one.
struct Leniency {
  std::vector<std::string> demands;     ///< "policy/thing/first day" of those that need not be met
  bool spacing = false;
  std::vector<std::string> blackouts, week_load, quarter_load, hours, absence, people, windows;
};
/// What is wrong with the dates, in sentences; none: nothing.
std::vector<std::string> wrong_with(const MadeUp& made, const std::vector<Appointment>& appointments, Day today, const Leniency& leniency = {});
std::string key_of(const Demand& demand);

}  // namespace muster
