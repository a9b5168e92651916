/// Any bytes as an exercise: it loads, or it is refused with located problems; nothing else ever happens.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "models/load_exercise.h"

namespace {

const char* const scenario_text =
    "muster: 1\n"
    "regions: [us-east-1, us-west-2]\n"
    "roles: {engineer: {count: 1}}\n"
    "services: {db: {region: us-east-1, data: {copies: [{replica: {lag: 2s}}]}}, api: {region: us-east-1, "
    "needs: [db]}, chat: {}}\n"
    "outages: {region-loss: {strikes: [{region: us-east-1}]}}\n"
    "plan: {commits-at: decide, steps: {detect: {}, decide: {after: [detect], needs: [chat]}, promote: "
    "{after: [decide], recovers: [db, api]}}}\n";

void expect(bool holds) {
  if (!holds) std::abort();
}

void check_problem(const muster::Problem& problem, muster::Problem::Severity severity) {
  expect(problem.severity == severity && problem.line >= 0 && problem.column >= 0);
  expect(problem.pointer.empty() || problem.pointer[0] == '/');
  for (char c : problem.text()) expect(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
}

/// What the rest of the program takes for granted.
void check_exercise(const muster::Exercise& exercise) {
  expect(exercise.limit > 0 && !exercise.environment.empty());
  for (const muster::FaultPlan& fault : exercise.faults)
    expect(fault.on.empty() || exercise.target(fault.on) != nullptr);
  for (const muster::Probe& probe : exercise.probes)
    expect(probe.every > 0 && probe.timeout > 0 && probe.passes > 0);
  for (const muster::Binding& step : exercise.steps) {
    expect((step.run ? 1 : 0) + (step.until ? 1 : 0) + (step.ask.empty() ? 0 : 1) == 1);
    expect(!step.run || (!step.run->argv.empty() && !step.run->argv[0].empty()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const muster::Loaded scenario = muster::parse_scenario(scenario_text, "system.yaml");
  muster::LoadLimits limits;
  limits.bytes = 1 << 16;
  limits.nodes = 5000;
  limits.depth = 20;
  limits.problems = 20;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    muster::LoadedExercise loaded = muster::parse_exercise(
        text, "fuzz.yaml", "/nowhere", [](const std::string&) { return scenario; }, limits);
    check_exercise(loaded.exercise);
    for (const muster::Problem& warning : loaded.warnings)
      check_problem(warning, muster::Problem::Severity::warning);
  } catch (const muster::InvalidInput& wrong) {
    expect(!wrong.problems().empty() && wrong.problems().size() <= limits.problems + 2);
    for (const muster::Problem& problem : wrong.problems())
      check_problem(problem, muster::Problem::Severity::error);
  }
  return 0;
}
