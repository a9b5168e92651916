#include "models/patterns.h"
#include "models/scalars.h"
#include "models/scenario_shape.h"

namespace muster {
namespace {

Shape names(std::string of, std::string title, std::size_t least = 0) {
  return Shape(List{std::make_shared<const Shape>(name_text(std::move(of))), least, 100'000, true}, std::move(title));
}

Named named(Shape shape, std::string what, bool empty_allowed = true) {
  return Named{std::make_shared<const Shape>(std::move(shape)), std::move(what), check_name, patterns::name(), empty_allowed, 100'000};
}

Shape takes() {
  Shape list(List{std::make_shared<const Shape>(Reference{"part"}), 0, 1000, false}, "a list of parts");
  return Shape(Either{{Reference{"part"}, list}}, "a distribution, a transfer, a ramp, a drain, or a list of these");
}

Shape on_failure() {
  Object replace{{required("do", name_text("a step"), "The step that takes its place.")}};
  return Shape(Either{{one_word({"stop", "continue"}), Shape(replace, "{do: …}")}}, "stop, continue or {do: step}");
}

Shape step() {
  const Shape duration = Reference{"duration"}, positive = Reference{"positive-duration"};
  Object object;
  object.fields = {
      optional("after", names("a step", "a list of steps such as [detect, decide]"), "Starts when all of these have ended."),
      optional("needs", Reference{"needs"}, "Services and regions that must be up when it starts."),
      optional("only-if", names("a service or a region", "a list of services or regions"), "Runs only if one of these was struck by the time it is ready."),
      optional("takes", takes(), "How long one attempt takes; a list is a sequence; without it no time."),
      optional("by", named(whole_number(1, 10'000), "role"), "Whom it keeps busy from start to end, and how many of them."),
      optional("uses", named(whole_number(1, 1'000'000), "capacity"), "The slots that it holds from start to end."),
      optional("fails", Reference{"probability"}, "How often an attempt fails, judged at its end; default 0%."),
      optional("attempts", whole_number(1, 1000), "How often it is tried; default 1."),
      optional("retry-after", Reference{"distribution"}, "The pause between two attempts; default 0s."),
      optional("timeout", positive, "An attempt that takes longer fails, then."),
      optional("on-failure", on_failure(), "After the last attempt failed: stop the plan (default), continue, or do another step instead."),
      optional("waits-at-most", duration, "How long it waits for people, slots and needs before otherwise takes its place."),
      optional("otherwise", name_text("a step"), "The step that takes its place where its needs are down or it waited too long."),
      optional("recovers", names("a service", "a list of services"), "These are back when it ends with success."),
      optional("priority", whole_number(-1'000'000, 1'000'000), "Higher goes first for a free seat; default 0."),
      optional("every", positive, "Makes it a duty: done again after each."),
      optional("until", name_text("a step"), "A duty ends when this step has ended."),
      optional("prior-weight", Reference{"prior-weight"}, "How many observations `takes` is worth to muster calibrate; changes no result by itself."),
  };
  return Shape(object, "a step such as {takes: 10m}", "One thing that is done.");
}

Shape plan() {
  Object correlated{{required("steps", names("a step", "a list of at least two steps", 2), "Their first attempts' durations are drawn together."),
                     required("rho", number_between(-1, 1, "a correlation from -1 to 1"), "The correlation of the Gaussian copula.")}};
  Object object;
  object.fields = {
      optional("commits-at", name_text("a step"), "The provider's repair before this step ends stands the plan down."),
      optional("patience", Reference{"duration"}, "The step commits-at may not start earlier than this."),
      optional("correlated", Shape(List{std::make_shared<const Shape>(correlated), 0, 10'000, false}, "a list of {steps: […], rho: …}"), "Steps whose durations go together."),
      optional("dispatch", one_word({"declared", "critical-path-first"}), "Who gets a free seat first; default declared: who asked first."),
      required("steps", named(Reference{"step"}, "step"), "What is done, by name."),
  };
  return Shape(object, "a plan: {steps: {…}}", "What is done when an outage strikes.");
}

}  // namespace

void add_plan_shapes(Grammar& grammar) {
  grammar.named.emplace("step", step());
  grammar.named.emplace("plan", plan());
}

}  // namespace muster
