#include <stdexcept>

#include "models/json_schema.h"
#include "models/load_calibration.h"
#include "models/patterns.h"
#include "models/scalars.h"

namespace muster {
namespace {

std::shared_ptr<const Shape> shared(Shape shape) { return std::make_shared<const Shape>(std::move(shape)); }

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

Shape sha256() {
  auto check = [](std::string_view text) {
    if (text.size() != 64 || text.find_first_not_of("0123456789abcdef") != std::string_view::npos)
      throw std::invalid_argument("a SHA-256 has 64 hexadecimal digits in lower case");
  };
  return parsed_text("a SHA-256", check, {}, "^[0-9a-f]{64}$");
}

Shape belief() {
  const auto positive = [](const char* what) { return number_between(1e-9, 1e12, what); };
  Object object{{required("location", number_between(-1e6, 1e6, "a normal score"), "The middle of the scores; 0 is the p50 of what was stated."),
                 required("weight", positive("a number of observations above 0"), "How many observations that is worth."),
                 required("freedom", positive("degrees of freedom above 0"), "How many the scale is worth."),
                 required("scale", positive("a scale above 0"), "Of the scores; about 1 is what was stated.")}};
  object.takes_note = false;
  return Shape(object, "a belief {location: 0, weight: 5, freedom: 5, scale: 0.7}", "Normal-inverse-gamma, of normal scores.");
}

Shape item() {
  const Shape count = whole_number(0, 1'000'000'000);
  Object lognormal{{required("mu", number_between(-1e4, 1e4, "the mean of the log of seconds"), "The mean of the log of seconds."),
                    required("sigma", number_between(1e-6, 100, "the sd of the log of seconds"), "The sd of the log of seconds.")}};
  lognormal.takes_note = false;
  Object stand_in{{required("lognormal", lognormal, "The same p50 and the same ratio of p95 to p5.")}};
  stand_in.takes_note = false;
  Object object;
  object.fields = {
      optional("step", name_text("a step"), "How long an attempt of this step takes alone,"),
      optional("role", name_text("a role"), "or how long the people of this role take to respond,"),
      optional("outage", name_text("an outage"), "or how long this outage lasts."),
      optional("hours", one_word({"on", "off"}), "Of a role whose response differs: which."),
      optional("outages", Shape(List{shared(name_text("an outage")), 1, 100'000, true}, "a list of outages"), "Of a step that is stated differently for others: in whose plans it is this one."),
      required("law", sha256(), "Of what the scenario states for it: the item is of no use for anything else."),
      optional("stated", free_text("text"), "The same for people."),
      optional("stand-in", stand_in, "Whose scores they are, where some observation lies where none can by what is stated."),
      required("prior", belief(), "What is believed without the observations."),
      required("posterior", belief(), "And with them: this is what is simulated."),
      required("observations", count, "How many there are."),
      optional("censored", count, "How many of them were not over when last seen."),
      optional("worth", number_between(0, 1e9, "a number of observations"), "What they still count for."),
      optional("first", free_text("a date"), "When the first of them ended, UTC."),
      optional("last", free_text("a date"), "When the last did."),
      optional("age-days", number_between(0, 1e7, "days"), "How old they are in the mean."),
      optional("drift", number_between(0, 1, "a probability"), "How probable they are by what is stated; 0: impossible."),
      optional("from", Shape(List{shared(free_text("text")), 0, 100'000, false}, "a list of sources"), "Where they are found."),
  };
  object.exactly_one_of = {{"step"}, {"role"}, {"outage"}};
  object.choice = "one of step, role and outage";
  return Shape(object, "an item such as {step: restore-db, law: …, prior: {…}, posterior: {…}, observations: 4}");
}

Shape root() {
  Object scenario{{optional("title", free_text("text"), "Its title."), optional("file", free_text("text"), "Its file."), required("sha256", sha256(), "Of the scenario in canonical form.")}};
  scenario.takes_note = false;
  Object unused{{required("what", free_text("text"), "Of what."), required("why", free_text("text"), "Why they change nothing."), required("count", whole_number(0, 1'000'000'000), "How many.")}};
  unused.takes_note = false;
  Object object;
  object.takes_note = false;
  object.fields = {
      required("muster-calibration", format_version(), "The version of this format: 1."),
      required("scenario", Shape(scenario, "{title: …, file: …, sha256: …}"), "What it was made for."),
      optional("as-of", free_text("an instant"), "When ages count from, UTC."),
      optional("half-life", Reference{"duration"}, "Observations so much older count for half."),
      required("items", Shape(List{shared(item()), 0, 100'000, false}, "a list of items"), "What was learned, of each step, role and outage."),
      optional("unused", Shape(List{shared(unused), 0, 100'000, false}, "a list of {what: …, why: …, count: 1}"), "Observations that change nothing."),
  };
  return object;
}

}  // namespace

Grammar calibration_grammar() {
  Grammar grammar;
  grammar.title = "Muster calibration";
  grammar.doc = "What observations taught about a scenario: version 1. Written by muster calibrate.";
  grammar.named = {{"duration", duration_text()}, {"name", name_text("something")}, {"text", free_text("text")}};
  grammar.root = shared(root());
  return grammar;
}

std::string calibration_json_schema() { return json_schema(calibration_grammar()); }

}  // namespace muster
