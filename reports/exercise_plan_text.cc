#include "reports/exercise_plan_text.h"

#include <algorithm>
#include <cmath>

#include "models/units.h"
#include "reports/layout.h"
#include "models/moments.h"
#include "reports/phrases.h"
#include "reports/table.h"

namespace muster {
namespace {

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,") == std::string::npos;
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string bullets(const std::vector<std::string>& lines, const std::string& word, const Style& style) {
  std::string out;
  for (const std::string& line : lines) {
    out += wrapped(printable(line), style.width, "    " + padded(out.empty() ? word : "", 8), "            ");
  }
  return out;
}

// Command lines are to be copied: they stay whole.
std::string commands(const std::vector<std::string>& lines, const std::string& word) {
  std::string out;
  for (const std::string& line : lines) out += "    " + padded(out.empty() ? word : "", 8) + printable(line) + "\n";
  return out;
}

const FaultPlan* fault_of(const Exercise& exercise, const std::string& name) {
  const auto found = std::find_if(exercise.faults.begin(), exercise.faults.end(), [&](const FaultPlan& f) { return f.name == name; });
  return found == exercise.faults.end() ? nullptr : &*found;
}

std::string effect_text(const Exercise& exercise, const PlannedEffect& effect, const Style& style) {
  std::string when = effect.at == 0 ? "at t0" : "at " + offset_text(effect.at);
  when += effect.until ? ", until " + offset_text(*effect.until) : ", until the exercise ends";
  std::string out = "  " + style.paint(Ink::bold, printable(effect.fault)) + wrapped(when + " on " + printable(effect.target), style.width, "  ");
  out += bullets(effect.does, "does", style);
  if (const FaultPlan* fault = fault_of(exercise, effect.fault); fault && fault->before_undo)
    out += commands({command_text(fault->before_undo->argv)}, "fence");
  return out + bullets(effect.undone_by, "undo", style) + commands(effect.by_hand, "by hand");
}

const Plan* plan_of(const LoadedExercise& loaded) {
  const Scenario& scenario = loaded.scenario.seen_by(loaded.exercise.outage);
  for (const Outage& outage : scenario.outages)
    if (outage.name == loaded.exercise.outage)
      for (const Plan& plan : scenario.plans)
        if (plan.name == outage.plan) return &plan;
  return nullptr;
}

std::string binding_text(const Exercise& exercise, const Step& step) {
  const Binding* binding = exercise.kind == Exercise::Kind::tabletop ? nullptr : exercise.binding(step.name);
  if (!binding) return "asked for by hand";
  std::string where = binding->on.target.empty() ? binding->on.netns : binding->on.target;
  if (!where.empty()) where = " on " + where;
  if (binding->run) return "run" + where + ": " + command_text(binding->run->argv);
  if (binding->until) return "until " + condition_text(*binding->until);
  return binding->ask.empty() ? "asked for by hand" : "asks: " + binding->ask;
}

std::string steps_text(const LoadedExercise& loaded, const Predictions& predictions, const Style& style) {
  const Plan* plan = plan_of(loaded);
  if (!plan) return "";
  Table table({{"step", Align::left, 40}, {"after", Align::left, 26}, {"p50", Align::right}, {"p95", Align::right}});
  for (const Step& step : plan->steps) {
    const Predictions::Step* prediction = predictions.step(step.name);
    const auto said = [&](double level) { return prediction ? short_duration(prediction->duration.quantile(level)) : "–"; };
    table.row({{printable(step.name), Ink::bold}, {enumerated(step.after, 3)}, {said(0.5)}, {said(0.95)}});
    table.line(printable(binding_text(loaded.exercise, step)));
    if (const Binding* binding = loaded.exercise.binding(step.name); binding && binding->undo)
      table.line("undo: " + printable(command_text(binding->undo->argv)));
  }
  return table.text(style);
}

std::string measured_text(const Exercise& e, const Predictions& p, const Style& style) {
  std::string out;
  const auto line = [&](const std::string& what, const Prediction& simulated) {
    out += wrapped(what + (simulated.quantiles.empty() ? "not simulated" : "p50 " + human_duration(simulated.quantile(0.5)) + ", p95 " + human_duration(simulated.quantile(0.95))) + ".",
                   style.width, "  ", "    ");
  };
  if (!e.recovered_service.empty()) line("Recovery time of " + e.recovered_service + ": ", p.recovery);
  if (e.canary) line("Data loss of " + e.canary->service + ": ", p.loss);
  return out;
}

}  // namespace

std::string command_text(const Argv& argv) {
  std::string out;
  for (const std::string& word : argv) out += (out.empty() ? "" : " ") + quoted(word);
  return out;
}

std::string condition_text(const Condition& condition) {
  std::string out;
  switch (condition.kind) {
    case Condition::Kind::probe: out = condition.probe; break;
    case Condition::Kind::negation: out = "not " + (condition.of.empty() ? "" : condition_text(condition.of[0])); break;
    case Condition::Kind::all:
    case Condition::Kind::any: {
      for (const Condition& one : condition.of)
        out += (out.empty() ? "" : condition.kind == Condition::Kind::all ? " and " : " or ") + condition_text(one);
      if (condition.of.size() > 1) out = "(" + out + ")";
    }
  }
  return condition.holds_for > 0 ? out + " for " + human_duration(condition.holds_for) : out;
}

std::string exercise_plan_text(const LoadedExercise& loaded, const std::vector<PlannedEffect>& effects,
                               const Predictions& predictions, const Style& style) {
  const Exercise& e = loaded.exercise;
  std::string out = style.paint(Ink::bold, wrapped(printable(e.title.empty() ? e.file : e.title), style.width));
  out += wrapped("Outage " + e.outage + " of " + printable(e.scenario_file) + ", in " + printable(e.environment) + ", for at most " + human_duration(e.limit) + ". Nothing is touched now.", style.width);
  if (!e.steady_state.empty()) {
    std::vector<std::string> steady;
    for (const Condition& condition : e.steady_state) steady.push_back(condition_text(condition));
    out += wrapped("Before anything: " + enumerated(steady) + " must pass.", style.width);
  }
  out += "\n" + style.heading("Effects and how each is undone");
  if (effects.empty()) out += "  none\n";
  for (const PlannedEffect& effect : effects) out += effect_text(e, effect, style);
  out += wrapped("Undone in reverse order when the plan is done, and on abort, halt, a stop condition or the limit.", style.width, "  ", "  ");
  for (const auto& [name, condition] : e.stop_when)
    out += wrapped("Stops when " + printable(name) + ": " + condition_text(condition) + ".", style.width, "  ", "    ");
  out += "\n" + style.heading("Steps, with their simulated durations") + steps_text(loaded, predictions, style);
  if (e.afterwards) out += wrapped("Afterwards: " + command_text(e.afterwards->argv), style.width, "  ", "    ");
  if (const std::string measured = measured_text(e, predictions, style); !measured.empty())
    out += "\n" + style.heading("What is measured, and what was simulated of it") + measured;
  if (predictions.replications > 0)
    out += "\n" + style.paint(Ink::dim, wrapped(grouped(predictions.replications) + " replications, seed " + std::to_string(predictions.seed) + ", without the provider's own repair.", style.width));
  return out;
}

}  // namespace muster
