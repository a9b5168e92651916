#include "tests/models/random_happening.h"

#include <bit>
#include <cmath>
#include <limits>

namespace muster::example {

std::string RandomHappening::text() {
  static const char* const parts[] = {"",     "promote", "naïve ☃ 𝄞", "\"quoted\\\"", "line\nbreak\r\t", "\x1b[31m",
                                      "\xff\xfe", "\xc3",    "\xed\xa0\x80", "{\"bytes\":\"00\"}", "never", "\x7f"};
  std::string out;
  for (auto n = draw_() % 3; n > 0; --n) out.append(std::string_view(parts[draw_() % std::size(parts)]));
  if (draw_() % 8 == 0) out += '\0';
  if (draw_() % 8 == 0)
    for (auto n = draw_() % 20; n > 0; --n) out += static_cast<char>(draw_());
  return out;
}

double RandomHappening::number() {
  constexpr double odd[] = {0.0, -0.0, 1, 0.1, 1e-320, 1.7976931348623157e308, 4503599627370497.5, 123456789012345680};
  if (draw_() % 4 == 0) return odd[draw_() % std::size(odd)];
  if (draw_() % 8 == 0) return chance() ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  const double any = std::bit_cast<double>(draw_());
  return std::isnan(any) ? 0.5 : any;
}

std::uint64_t RandomHappening::count() {
  return chance() ? draw_() % 100 : chance() ? draw_() : std::numeric_limits<std::uint64_t>::max();
}

Moment RandomHappening::moment() { return {static_cast<std::int64_t>(draw_()), static_cast<std::int64_t>(draw_() % 1000)}; }

Prediction RandomHappening::prediction() {
  return {list<double>([&] { return number(); })};
}

RunBegan RandomHappening::run_began() {
  RunBegan b;
  for (std::string* s : {&b.title, &b.file, &b.file_sha256, &b.scenario_title, &b.scenario_file, &b.scenario_sha256, &b.kind,
                         &b.environment, &b.outage, &b.program, &b.host, &b.boot_id, &b.run_folder, &b.begun_by, &b.continues,
                         &b.recovered_service, &b.canary_service})
    *s = text();
  b.onset = maybe<Moment>([&] { return moment(); });
  b.limit = number();
  for (auto n = draw_() % 3; n > 0; --n) b.people[text()] = texts();
  b.effects = list<PlannedEffect>([&] {
    return PlannedEffect{text(), text(), number(), maybe<double>([&] { return number(); }), texts(), texts(), texts()};
  });
  b.steps = texts();
  b.objective_rto = maybe<double>([&] { return number(); });
  b.objective_rpo = maybe<double>([&] { return number(); });
  b.objective_confidence = number();
  b.predictions.steps =
      list<Predictions::Step>([&] { return Predictions::Step{text(), prediction(), prediction()}; });
  b.predictions.recovery = prediction();
  b.predictions.loss = prediction();
  b.predictions.seed = count();
  b.predictions.replications = count();
  return b;
}

StepChanged RandomHappening::step() {
  return {text(),  word<StepChange>(static_cast<int>(StepChange::undo_failed)),
          whole(), text(),
          text(),  text(),
          maybe<int>([&] { return whole(); }),
          chance(), chance(),
          text(),  text(),
          text(),  text()};
}

CanaryRead RandomHappening::canary() {
  return {text(),  number(), count(), count(), count(), count(), count(),
          list<Stretch>([&] { return Stretch{count(), count()}; }),
          maybe<double>([&] { return number(); }),
          text(),  number()};
}

RecoveryMeasured RandomHappening::recovery() {
  return {maybe<double>([&] { return number(); }),
          number(),
          chance(),
          chance(),
          text(),
          list<RecoveryMeasured::Lapse>([&] { return RecoveryMeasured::Lapse{number(), number()}; }),
          number()};
}

Happening RandomHappening::of_kind(std::size_t kind) {
  Happening h;
  h.at = moment();
  switch (kind) {
    case 0: h.what = run_began(); break;
    case 1: h.what = step(); break;
    case 2: h.what = Asked{text(), text(), texts(), maybe<Moment>([&] { return moment(); })}; break;
    case 3:
      h.what = FaultChanged{text(), text(), text(), word<FaultChange>(static_cast<int>(FaultChange::remains)),
                            text(), text(), text(), texts()};
      break;
    case 4: h.what = ProbeChanged{text(), word<ProbeChanged::State>(2), text()}; break;
    case 5: h.what = ProbeCounted{text(), count(), count(), count(), count(), number(), number()}; break;
    case 6: h.what = ConditionMet{text(), chance(), text()}; break;
    case 7: h.what = canary(); break;
    case 8: h.what = recovery(); break;
    case 9: h.what = AfterwardsRan{chance(), maybe<int>([&] { return whole(); }), chance(), number(), text(), text()}; break;
    case 10: h.what = FootprintCompared{texts(), texts(), texts(), texts()}; break;
    case 11: h.what = Noted{text(), text(), text()}; break;
    case 12:
      h.what = RunEnded{word<Ending>(static_cast<int>(Ending::stopped_by_plan)), text(), text(), chance(), texts(), texts()};
      break;
    default: throw std::logic_error("a kind of happening that is not drawn yet");
  }
  return h;
}

}  // namespace muster::example
