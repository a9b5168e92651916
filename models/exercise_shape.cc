#include "models/exercise_shape.h"

#include <stdexcept>

#include "models/calendar.h"
#include "models/patterns.h"
#include "models/scalars.h"
#include "models/wording.h"

namespace muster {
namespace {

std::shared_ptr<const Shape> shared(Shape shape) { return std::make_shared<const Shape>(std::move(shape)); }

Shape named(Shape shape, std::string what) {
  return Named{shared(std::move(shape)), std::move(what), check_name, patterns::name(), true, 10'000};
}

Shape list_of(Shape shape, std::string title, std::size_t least = 0, bool unique = false) {
  return Shape(List{shared(std::move(shape)), least, 10'000, unique}, std::move(title));
}

void check_variable(std::string_view name) {
  bool right = !name.empty() && name.size() <= 100 && !(name[0] >= '0' && name[0] <= '9');
  for (char c : name)
    right = right && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
  if (!right)
    throw std::invalid_argument(in_quotes(name) +
                                " is no name of an environment variable; expected such as PGPASSFILE");
}
const char* const variable_pattern = "^[A-Za-z_][A-Za-z0-9_]{0,99}$";

std::vector<Field> running(bool takes_place) {
  std::vector<Field> fields = {
      required("run", argument_vector("a command such as [pg_ctl, promote]"), "A program and its arguments."),
      optional("timeout", Reference{"positive-duration"}, "Then its whole tree is ended; default 30s."),
      optional("env",
               Named{shared(free_text("a value")), "variable", check_variable, variable_pattern, true, 1000},
               "Added to the environment; never a secret.")};
  if (takes_place)
    fields.push_back(optional("on", Reference{"where"}, "Where it runs; default this machine."));
  return fields;
}

Shape command() {
  const std::string title = "a command such as [./fence, east], or {run: […], timeout: 10s}";
  return Shape(Either{{argument_vector(title), Shape(Object{running(false)}, title)}}, title,
               "A program and its arguments, with its bounds.");
}

Shape where() {
  Object place{{required("netns", network_namespace(), "A network namespace.")}};
  return Shape(Either{{name_text("a target"), Shape(place)}}, "a target's name, or {netns: NAME}",
               "A target, or a network namespace.");
}

Shape target() {
  Object local{{optional("netns", network_namespace(),
                         "Its network namespace; without it this machine's own network.")}};
  local.takes_note = false;
  Object object{
      {optional("local", Shape(local, "{} or {netns: NAME}"), "On this machine."),
       optional("agent", host_and_port(), "On another host, by its agent."),
       optional("region", name_text("a region"), "The scenario's region that it stands for."),
       optional("addresses", list_of(network(), "a list of networks such as [10.9.1.0/24]", 0, true),
                "By which others know it.")}};
  object.exactly_one_of = {{"local"}, {"agent"}};
  object.choice = "either local or agent";
  return Shape(object, "a target such as {local: {netns: staging-east}}", "Where effects happen.");
}

Shape blackout() {
  Shape moment = parsed_text(
      "a moment such as 2026-11-27T00:00Z",
      [](std::string_view text) {
        if (!parse_onset(text).dated)
          throw std::invalid_argument(in_quotes(text) +
                                      " comes every week; expected a moment such as 2026-11-27T00:00Z");
      },
      {"2026-11-27T00:00Z"},
      R"(^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?Z?$)");
  return Shape(
      Object{{required("from", moment, "With Z, or in the scenario's time zone."),
              required("to", moment, "Not included."), optional("why", free_text("text"), "The reason.")}},
      "a window such as {from: 2026-11-27T00:00Z, to: 2026-12-01T00:00Z, why: sale}");
}

Shape recovered_when() {
  Shape several = list_of(Reference{"condition"}, "a list of probes or conditions", 1);
  Object object{
      {required("service", name_text("a service"), "The scenario's service whose recovery is measured."),
       optional("probe", name_text("a probe"), "This probe passes."),
       optional("not", Reference{"condition"}, "This one says no."),
       optional("all", several, "All of these hold."), optional("any", several, "One of these holds."),
       optional("for", Reference{"duration"}, "So long without a break; default 0s.")}};
  object.exactly_one_of = {{"probe"}, {"not"}, {"all"}, {"any"}};
  object.choice = "one of probe, not, all or any";
  return Shape(object, "a condition such as {service: api, all: [api-answers], for: 3s}");
}

Shape canary() {
  auto side = [](bool writes) {
    std::vector<Field> fields = {
        optional("postgres", filled_text("a connection string"),
                 "As libpq reads it; a password comes by environment or by a password file."),
        optional("http", filled_text("a web address"),
                 writes ? "Posted to; {seq} stands for the number."
                        : "Gives the numbers that survived, one a line."),
        optional("command", argument_vector("a command"),
                 writes ? "MUSTER_SEQ in its environment is the number."
                        : "Prints the numbers that survived, one a line."),
        optional("from", Reference{"where"}, "Where it comes from; default this machine.")};
    if (writes) {
      fields.push_back(required("every", Reference{"positive-duration"}, "One each so often."));
      fields.push_back(optional(
          "table",
          parsed_text(
              "a table's name",
              [](std::string_view text) {
                bool right = !text.empty() && text.size() <= 60 && !(text[0] >= '0' && text[0] <= '9');
                for (char c : text)
                  right = right && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
                if (!right)
                  throw std::invalid_argument(in_quotes(text) +
                                              " is no table's name; expected such as muster_canary");
              },
              {"muster_canary"}, "^[a-z_][a-z0-9_]{0,59}$"),
          "Of postgres; made if it is missing; default muster_canary."));
    }
    Object object{std::move(fields)};
    object.exactly_one_of = {{"postgres"}, {"http"}, {"command"}};
    object.choice = "one of postgres, http or command";
    return Shape(object, "such as {postgres: \"host=db.example dbname=staging\", every: 20ms}");
  };
  return Shape(Object{{required("service", name_text("a service"),
                                "The scenario's service whose data loss is measured."),
                       required("writes", side(true), "What is written, and where."),
                       required("reads", side(false), "Where it is read from after the recovery.")}},
               "a canary: {service: …, writes: …, reads: …}", "Numbered writes that measure the data loss.");
}

Shape step() {
  Object object;
  object.fields = running(true);
  object.fields[0].required = false;
  object.fields.push_back(optional("until", Reference{"condition"}, "Ends when this holds."));
  object.fields.push_back(optional("ask", filled_text("a question"), "Ends when somebody has answered."));
  object.fields.push_back(optional("deadline", Reference{"positive-duration"},
                                   "Of until and ask; default the exercise's limit."));
  object.fields.push_back(optional("undo", Reference{"command"}, "Undoes it when the exercise is aborted."));
  object.fields.push_back(
      optional("output", one_word({"kept", "none"}), "none: nothing of its output is kept; default kept."));
  object.exactly_one_of = {{"run"}, {"until"}, {"ask"}};
  object.choice = "one of run, until or ask";
  return Shape(object, "such as {run: [./swap-dns, west]}", "How a step of the plan is performed.");
}

Shape format_version() {
  Scalar version;
  version.type = Scalar::Type::integer;
  version.expected = "1, the version of the format";
  version.least = version.most = 1;
  version.check = [](const Node& node) {
    if (number_value(node) != 1)
      throw std::invalid_argument("version " + node.text +
                                  " of the format is none that this program reads; expected 1");
  };
  return Shape(version);
}

Shape root() {
  Shape variable =
      parsed_text("the name of an environment variable", check_variable, {"PGPASSWORD"}, variable_pattern);
  Object object;
  object.takes_note = false;
  object.fields = {
      required("muster-exercise", format_version(), "The version of this format: 1."),
      optional("title", free_text("text"), "What this is, in one line."),
      required("scenario", filled_text("a scenario file"),
               "The scenario whose plan is performed; beside this file."),
      required("outage", name_text("an outage"), "The scenario's outage that is played."),
      optional("kind", one_word({"tabletop", "functional", "full-scale"}),
               "tabletop: nothing is touched, every step is asked for; default functional."),
      required("environment", filled_text("a word such as staging"),
               "What each target's own file must say too."),
      optional("people", named(list_of(filled_text("a person"), "a list of people"), "role"),
               "Who takes part, by role; goes to the record."),
      optional("not-during", list_of(blackout(), "a list of windows"), "When no exercise may run."),
      required("limit", Reference{"positive-duration"}, "From the first effect on; no fault outlives it."),
      optional("targets", named(target(), "target"), "Where effects happen."),
      optional("services",
               named(Shape(Object{{required("up", Reference{"condition"}, "It is up while this holds.")}},
                           "such as {up: api-answers}"),
                     "service"),
               "The scenario's services, by probes: they drive needs, otherwise and commits-at."),
      optional("struck",
               list_of(name_text("a service or a region"), "a list of services or regions", 0, true),
               "What only-if looks at; default: the outage's strikes of probability 1."),
      optional("probes", named(Reference{"probe"}, "probe"), "Questions that are asked again and again."),
      optional("steady-state", list_of(Reference{"condition"}, "a list of probes or conditions"),
               "All must hold before anything is touched."),
      optional("recovered-when", recovered_when(), "The recovery that is measured."),
      optional("stop-when", named(Reference{"condition"}, "condition"),
               "Any of these ends the exercise and undoes every fault."),
      optional("canary", canary(), "Writes that measure the data loss."),
      optional("faults", named(Reference{"fault"}, "fault"), "What breaks."),
      optional("steps", named(step(), "step"),
               "The plan's steps, by name; one that is missing is asked for by hand."),
      optional("afterwards",
               Shape(Either{{argument_vector("a command"),
                             Shape(Object{running(true)}, "{run: […], timeout: …}")}},
                     "a command such as [./rebuild, east]"),
               "The way back; timed too."),
      optional("secrets", list_of(variable, "a list of environment variables", 0, true),
               "Whose values are masked in all that is written."),
  };
  return object;
}

Shape bindings_root() {
  Object whole = std::get<Object>(root().form());
  Object object;
  object.takes_note = false;
  object.fields = {required("muster-bindings", format_version(), "The version of this format: 1.")};
  for (const char* key : {"title", "people", "targets", "services", "struck", "probes", "recovered-when", "steps", "secrets"})
    for (Field& field : whole.fields)
      if (field.key == key) object.fields.push_back(std::move(field));
  return object;
}

Grammar grammar_of(Shape root, const std::string& title, const std::string& doc) {
  Grammar grammar;
  grammar.title = title;
  grammar.doc = doc;
  grammar.named = {
      {"duration", duration_text()},
      {"positive-duration", positive_duration_text()},
      {"rate", rate_text()},
      {"probability", probability_value()},
      {"name", name_text("something")},
      {"text", free_text("text")},
      {"filled-text", filled_text("text")},
      {"command", command()},
      {"where", where()},
  };
  add_probe_shapes(grammar);
  add_fault_shapes(grammar);
  grammar.root = shared(std::move(root));
  return grammar;
}

}  // namespace

Grammar exercise_grammar() {
  return grammar_of(root(), "Muster exercise", "What a scenario's plan is bound to, and what is broken: version 1.");
}

Grammar bindings_grammar() {
  return grammar_of(bindings_root(), "Muster bindings", "What a scenario's plan is bound to in a real recovery: version 1.");
}

}  // namespace muster
