#include "models/scenario_shape.h"

#include <stdexcept>

#include "models/calendar.h"
#include "models/json_pointer.h"
#include "models/patterns.h"
#include "models/scalars.h"
#include "models/wording.h"

namespace muster {
namespace {

std::shared_ptr<const Shape> shared(Shape shape) { return std::make_shared<const Shape>(std::move(shape)); }

Shape named(Shape shape, std::string what, bool empty_allowed = true) {
  return Named{shared(std::move(shape)), std::move(what), check_name, patterns::name(), empty_allowed, 100'000};
}

Shape region_names(std::string title) { return Shape(List{shared(name_text("a region")), 0, 10'000, true}, std::move(title)); }

Shape role() {
  Shape hours = parsed_text("opening hours such as \"Mon-Fri 09:00-18:00\"", [](std::string_view text) { parse_opening_hours(text); }, {"Mon-Fri 09:00-18:00", "Sat,Sun 10:00-16:00", "22:00-06:00"},
                            patterns::opening_hours());
  Object object{{required("count", whole_number(1, 10'000), "How many people."),
                 optional("hours", Shape(List{shared(hours), 1, 100, false}, "a list of opening hours such as [\"Mon-Fri 09:00-18:00\"]"),
                          "When they are on duty, local time; without it always. It only picks the response."),
                 optional("responds", Reference{"response"}, "Each is there this long after the role is first asked for; without it at once."),
                 optional("prior-weight", Reference{"prior-weight"}, "How many observations `responds` is worth to muster calibrate; changes no result by itself.")}};
  return Shape(object, "a role such as {count: 3}", "People who do steps.");
}

Shape capacity() {
  Object object{{optional("rate", Reference{"rate"}, "A link: n transfers that run at the same time each get an nth of it."),
                 optional("slots", whole_number(1, 1'000'000), "So many steps may hold one at the same time.")}};
  object.exactly_one_of = {{"rate"}, {"slots"}};
  object.choice = "either rate or slots";
  return Shape(object, "a capacity: {rate: 2 Gbit/s} or {slots: 4}", "Something other than people that steps share.");
}

Shape strike() {
  Shape services(List{shared(name_text("a service")), 1, 100'000, true}, "a list of services");
  Object object{{optional("region", name_text("a region"), "Strikes every service in it."), optional("services", services, "Strikes these."),
                 optional("probability", Reference{"probability"}, "One draw: all of them or none; default 100%."),
                 optional("after", Reference{"distribution"}, "Struck so long after the onset: a cascade; default 0s."),
                 optional("lasts", Reference{"distribution"}, "The provider's repair of this strike; default that of the outage.")}};
  object.exactly_one_of = {{"region"}, {"services"}};
  object.choice = "either region or services";
  return Shape(object, "a strike such as {region: us-east-1}");
}

void check_set_pointer(std::string_view text) {
  std::vector<std::string> tokens = parse_pointer(text);
  bool plan = tokens.size() > 1 && (tokens[0] == "plan" || tokens[0] == "plans");
  bool objective = tokens.size() > 1 && tokens[0] == "objectives";
  bool of_service = tokens.size() > 2 && tokens[0] == "services" && tokens[2] == "objective";
  if (!plan && !objective && !of_service)
    throw std::invalid_argument("an outage sets only what lies in plans and objectives, and " + in_quotes(text) +
                                " does not; expected such as /plan/steps/NAME/takes or /services/NAME/objective/rto");
}

Shape outage() {
  Named settings{shared(Anything{}), "setting", check_set_pointer, "^/((plans?|objectives)/|services/[^/]+/objective(/|$))", true, 1000};
  Object every{{required("every", Reference{"distribution"}, "The time between the end of one and the next.")}};
  Shape onset = parsed_text("a moment such as \"Sat 03:00\" or \"2026-11-01T00:30\"", [](std::string_view text) { parse_onset(text); }, {"Sat 03:00", "2026-11-01T00:30"}, patterns::onset());
  Object object;
  object.fields = {
      required("strikes", Shape(List{shared(strike()), 1, 10'000, false}, "a list of strikes such as [{region: us-east-1}]"), "What it takes down."),
      optional("happens", Shape(Either{{Reference{"frequency"}, Shape(every)}}, "a frequency such as 0.2/year, or {every: …}"), "How often, for forecasts."),
      optional("clock", one_word({"always"}), "always: may strike again while it lasts (a plain Poisson process)."),
      optional("lasts", Reference{"distribution"}, "The provider's own repair; without it never."),
      optional("data", one_word({"kept", "lost", "corrupted"}), "What becomes of the data; default kept."),
      optional("noticed-after", Reference{"distribution"}, "With data: corrupted: how long the corruption went unseen."),
      optional("starts", onset, "When it strikes; without it at any time of the week."),
      optional("plan", name_text("a plan in plans"), "The plan that answers it, where there are several."),
      optional("prior-weight", Reference{"prior-weight"}, "How many observations `lasts` is worth to muster calibrate; changes no result by itself."),
      optional("set", settings, "What is different in plans and objectives for this outage alone: JSON pointers and values; null removes."),
  };
  object.companions = {{"noticed-after", "data", "corrupted"}};
  return Shape(object, "an outage such as {strikes: [{region: us-east-1}]}", "Something that takes services down.");
}

Shape document_control() {
  Object object{{optional("version", free_text("text"), "The version of this document."), optional("owner", free_text("text"), "Who keeps it."),
                 optional("approved-by", free_text("text"), "Who approved it."), optional("approved-on", free_text("a date"), "When."),
                 optional("review-by", free_text("a date"), "When it is to be looked at again.")}};
  object.takes_note = false;
  return object;
}

Shape format_version() {
  Scalar version;
  version.type = Scalar::Type::integer;
  version.expected = "1, the version of the format";
  version.least = version.most = 1;
  version.check = [](const Node& node) {
    if (number_value(node) != 1) throw std::invalid_argument("version " + node.text + " of the format is none that this program reads; expected 1");
  };
  return Shape(version);
}

Shape root() {
  Shape zone = parsed_text("an IANA time zone such as America/Los_Angeles", [](std::string_view text) { Zone{text}; }, {"UTC", "America/Los_Angeles", "Europe/Berlin"});
  Object object;
  object.takes_note = false;
  object.fields = {
      required("muster", format_version(), "The version of this format: 1."),
      optional("title", free_text("text"), "What this is, in one line."),
      optional("document", document_control(), "Who owns and approved this document."),
      optional("time-zone", zone, "For calendars; default UTC."),
      optional("currency", free_text("a currency such as USD"), "Of all amounts of money; default USD."),
      optional("regions", region_names("a list of regions such as [us-east-1, us-west-2]"), "Where services and copies are."),
      optional("roles", named(role(), "role"), "People."),
      optional("capacity", named(capacity(), "capacity"), "Other things that steps running at the same time share."),
      required("services", named(Reference{"service"}, "service", false), "What is up or down."),
      optional("objectives", named(Reference{"objective"}, "objective"), "Objectives that several services share, by name."),
      required("outages", named(outage(), "outage", false), "What may happen."),
      optional("plan", Reference{"plan"}, "What is done when an outage strikes."),
      optional("plans", named(Reference{"plan"}, "plan", false), "Several plans, where one does not fit all; each outage then names its own."),
  };
  object.exactly_one_of = {{}, {"plan"}, {"plans"}};
  object.choice = "either plan or plans";
  return object;
}

}  // namespace

Grammar scenario_grammar() {
  Grammar grammar;
  grammar.title = "Muster scenario";
  grammar.doc = "A system, what may happen to it, and the plan that answers: version 1.";
  grammar.named = {
      {"duration", duration_text()},   {"positive-duration", positive_duration_text()}, {"size", size_text()}, {"rate", rate_text()},
      {"frequency", frequency_text()}, {"probability", probability_value()},                      {"confidence", confidence_value()},
      {"name", name_text("something")}, {"text", free_text("text")},
      {"prior-weight", number_between(1, 10'000, "a number of observations from 1 to 10000")},
  };
  add_distribution_shapes(grammar);
  add_service_shapes(grammar);
  add_plan_shapes(grammar);
  grammar.root = shared(root());
  return grammar;
}

}  // namespace muster
