#include <stdexcept>

#include "models/json_pointer.h"
#include "models/json_schema.h"
#include "models/load_study.h"
#include "models/patterns.h"
#include "models/scalars.h"
#include "models/units.h"

namespace muster {
namespace {

std::shared_ptr<const Shape> shared(Shape shape) { return std::make_shared<const Shape>(std::move(shape)); }

const char* const pointer_pattern = "^(/([^~/]|~[01])*)+$";

void check_pointer(std::string_view text) {
  if (parse_pointer(text).empty()) throw std::invalid_argument("an empty pointer is the whole document; point at something in it");
}

Shape money(bool signed_) {
  auto check = [signed_](std::string_view text) {
    if (signed_ && text.starts_with('-')) text.remove_prefix(1);
    parse_money_per_year(text);
  };
  return parsed_text("an amount per year or month, such as 48000/year", check, {"48000/year", "4000/month"}, patterns::money_per_year(signed_));
}

Shape option() {
  Named set{shared(Anything{}), "setting", check_pointer, pointer_pattern, false, 1000};
  Object object{{optional("title", free_text("text"), "What it is, in a few words."),
                 optional("cost", Reference{"cost"}, "What it adds to what is spent; negative where it saves; default nothing."),
                 required("set", Shape(set, "a map such as {/roles/engineer/count: 6}"), "What is different: JSON pointers into the scenario, and values. A pointer may add a key, append with -, and remove with null.")}};
  return Shape(object, "an option such as {cost: 48000/year, set: {/roles/engineer/count: 6}}", "A change that could be made.");
}

Shape axis() {
  Shape values(List{shared(Anything{}), 1, 10'000, false}, "a list of values such as [1, 2, 4], at least one");
  Shape costs(List{shared(Reference{"cost"}), 1, 10'000, false}, "a list of costs such as [0/year, 120000/year]");
  Object object{{optional("title", free_text("text"), "What varies, in a few words."), required("values", values, "They are tried in turn."),
                 optional("costs", costs, "What each value adds to what is spent; as many as values; default nothing.")}};
  return Shape(Either{{values, Shape(object)}}, "a list of values such as [1, 2, 4], or {title: …, values: [1, 2, 4], costs: […]}", "One dimension of the grid.");
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
  Object object;
  object.takes_note = false;
  object.fields = {
      required("muster-what-if", format_version(), "The version of this format: 1."),
      optional("title", free_text("text"), "What is asked, in one line."),
      optional("options", Shape(Named{shared(option()), "option", check_name, patterns::name(), false, 1000}, "a map of options {NAME: {set: …}, …}"), "Named changes."),
      optional("combine", one_word({"none", "pairs", "all"}), "none: each option alone; pairs: also every two; all: every subset, nothing among them. Default none."),
      optional("grid", Shape(Named{shared(axis()), "axis", check_pointer, pointer_pattern, false, 100}, "a map of JSON pointers and lists of values, at least one"), "Every combination of values, by JSON pointer: capacity planning. With options, each with every combination of them."),
      optional("budget", money(false), "What may be spent: for the recommendation."),
  };
  object.at_least_one_of = {"options", "grid"};
  return object;
}

}  // namespace

Grammar study_grammar() {
  Grammar grammar;
  grammar.title = "Muster study";
  grammar.doc = "Changes to a scenario that are to be compared on the same luck: version 1.";
  grammar.named = {{"cost", money(true)}, {"name", name_text("something")}, {"text", free_text("text")}};
  grammar.root = shared(root());
  return grammar;
}

std::string study_json_schema() { return json_schema(study_grammar()); }

}  // namespace muster
