#include <stdexcept>

#include "models/patterns.h"
#include "models/scalars.h"
#include "models/scenario_shape.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

Shape duration() { return Reference{"duration"}; }
Shape distribution() { return Reference{"distribution"}; }

Shape durations(std::size_t least, std::size_t most, std::string title) {
  return Shape(List{std::make_shared<const Shape>(duration()), least, most, false}, std::move(title));
}

std::vector<std::vector<std::string>> any_two_percentiles() {
  return {{"p50", "p90"}, {"p50", "p95"}, {"p50", "p99"}, {"p90", "p95"}, {"p90", "p99"}, {"p95", "p99"}};
}

std::vector<Field> percentile_fields() {
  return {optional("p50", duration(), "Half of all take no longer."), optional("p90", duration(), "Nine in ten take no longer."),
          optional("p95", duration(), "95 in 100 take no longer."), optional("p99", duration(), "99 in 100 take no longer.")};
}

Shape lognormal() {
  Object object;
  object.fields = percentile_fields();
  object.fields.push_back(optional("median", duration(), "Half of all take no longer; with sigma."));
  object.fields.push_back(optional("sigma", positive_number("a number above zero"), "The standard deviation of the logarithm; with median."));
  object.fields.push_back(optional("mean", duration(), "The mean; with sd."));
  object.fields.push_back(optional("sd", duration(), "The standard deviation; with mean."));
  object.exactly_one_of = any_two_percentiles();
  object.exactly_one_of.push_back({"median", "sigma"});
  object.exactly_one_of.push_back({"mean", "sd"});
  object.choice = "any two of p50, p90, p95 and p99, or median and sigma, or mean and sd";
  return Shape(object, "a map such as {p50: 20m, p95: 2h}");
}

Shape gamma() {
  Object object;
  object.fields = {optional("shape", positive_number("a number above zero"), "The shape; with mean."), optional("mean", duration(), "The mean."),
                   optional("sd", duration(), "The standard deviation; with mean.")};
  object.exactly_one_of = {{"shape", "mean"}, {"mean", "sd"}};
  object.choice = "shape and mean, or mean and sd";
  return Shape(object, "a map such as {shape: 2, mean: 20m}");
}

Shape weibull() {
  Object object;
  object.fields = percentile_fields();
  object.fields.push_back(optional("shape", positive_number("a number above zero"), "The shape; with scale."));
  object.fields.push_back(optional("scale", duration(), "The scale (63 in 100 take no longer); with shape."));
  object.exactly_one_of = any_two_percentiles();
  object.exactly_one_of.push_back({"shape", "scale"});
  object.choice = "shape and scale, or any two of p50, p90, p95 and p99";
  return Shape(object, "a map such as {shape: 1.5, scale: 20m}");
}

Shape table() {
  Object object;
  object.fields = {required("file", free_text("a CSV file beside the scenario"), "A CSV file with a heading, in the scenario's folder or below."),
                   required("column", free_text("a column's heading"), "The heading of the column that holds the durations."),
                   required("unit", one_word({"ms", "s", "m", "h", "d", "w"}), "What one counts in that column: s, m (minutes), h, d ….")};
  return object;
}

Shape mixture() {
  Object part;
  part.fields = {required("weight", positive_number("a number above zero"), "How often, relative to the other weights."),
                 required("of", distribution(), "The distribution that then holds.")};
  return Shape(List{std::make_shared<const Shape>(part), 1, 1000, false}, "a list of {weight: …, of: …}");
}

// Each law by name, so that every place that takes a distribution refers to the same.
const std::vector<std::pair<const char*, const char*>> law_docs{
    {"uniform", "Between a and b, all equally likely."},
    {"triangular", "Least, most likely, most."},
    {"pert", "Least, most likely, most: an expert's three-point estimate (beta-PERT, weight 4)."},
    {"exponential", "Memoryless, with this mean."},
    {"normal", "Symmetric about the mean; never negative."},
    {"lognormal", "Most take about the median, some take very long."},
    {"gamma", "A sum of memoryless phases."},
    {"weibull", "Wears out (shape above 1) or settles (below 1)."},
    {"empirical", "Observed values, each equally likely."},
    {"mixture", "Now one distribution, now another."},
    {"shifted", "A distribution and a fixed time before it."},
};

std::vector<std::vector<Field>> laws() {
  std::vector<std::vector<Field>> all;
  for (const auto& [name, doc] : law_docs) all.push_back({required(name, Reference{name}, doc)});
  return all;
}

void add_laws(Grammar& grammar) {
  Object mean{{required("mean", duration(), "The mean.")}};
  Object normal{{required("mean", duration(), "The mean, before negative values are left out."),
                 required("sd", duration(), "The standard deviation, before negative values are left out.")}};
  Object shifted{{required("by", duration(), "What is added."), required("of", distribution(), "What it is added to.")}};
  Shape values = durations(1, 200'000, "a list of at least one duration");
  Shape three_points = durations(3, 3, "a list of three durations: least, most likely, most");
  grammar.named.insert({{"uniform", durations(2, 2, "a list of two durations, from and to")},
                        {"triangular", three_points},
                        {"pert", three_points},
                        {"exponential", Shape(mean, "{mean: …}")},
                        {"normal", Shape(normal, "{mean: …, sd: …}")},
                        {"lognormal", lognormal()},
                        {"gamma", gamma()},
                        {"weibull", weibull()},
                        {"empirical", Shape(Either{{values, table()}}, "a list of durations or {file: …, column: …, unit: …}")},
                        {"mixture", mixture()},
                        {"shifted", Shape(shifted, "{by: …, of: …}")}});
}

Shape transfer_amount() {
  return parsed_text(
      "a size such as 800 GB, or the name of a service (its data's size)",
      [](std::string_view text) {
        try {
          parse_size(text);
        } catch (const std::invalid_argument& wrong) {
          if (text.find_first_of("0123456789") == 0) throw;
          check_name(text);
        }
      },
      {"800 GB", "dynamodb"}, patterns::size() + "|" + patterns::name());
}

std::vector<std::vector<Field>> parts() {
  auto all = laws();
  all.push_back({required("transfer", transfer_amount(), "How much is copied."), required("over", name_text("a capacity with a rate"), "The link, shared equally by all transfers that run on it.")});
  Object ramp{{required("to", amount("a number, the level to reach"), "The level to reach."),
               optional("at-once", amount("a number, the level that is there at once"), "The level that is there at once."),
               required("adds", Reference{"frequency"}, "How fast the level grows then, e.g. 100/s.")}};
  all.push_back({required("ramp", Shape(ramp, "{to: …, at-once: …, adds: …}"), "A fixed time: (to - at-once) / adds.")});
  Object drain{{required("arrives", Reference{"frequency"}, "How fast work arrives, since the onset."),
                required("served", Reference{"frequency"}, "How fast it is worked off; more than arrives.")}};
  all.push_back({required("drain", Shape(drain, "{arrives: …, served: …}"), "Works off the backlog since the onset.")});
  return all;
}

// The two of a response stand among the distributions: {on-hours: …, off-hours: …}.
std::vector<std::vector<Field>> responses() {
  auto all = laws();
  Scalar absent;
  absent.expected = "a duration, or absent";
  absent.check = [](const Node& node) {
    if (node.text != "absent") parse_duration(node.text);
  };
  absent.pattern = "^absent$|" + patterns::duration();
  absent.examples = {"absent", "30m"};
  Shape off_hours(Either{{Shape(absent), Shape(Tagged{laws(), true})}}, "a distribution such as 15m or {pert: [5m, 10m, 30m]}, or absent");
  all.push_back({required("on-hours", distribution(), "How long until a person asked on-hours is there."),
                 optional("off-hours", off_hours, "The same off-hours; absent: nobody comes until the next on-hours begin. Without it as on-hours.")});
  return all;
}

}  // namespace

void add_distribution_shapes(Grammar& grammar) {
  add_laws(grammar);
  const std::string expected = "a distribution such as 15m or {pert: [5m, 10m, 30m]}";
  grammar.named.emplace("distribution", Shape(Either{{duration(), Shape(Tagged{laws(), true})}}, expected, "A duration, or how it varies."));
  grammar.named.emplace("part", Shape(Either{{duration(), Shape(Tagged{parts(), true})}}, "a distribution, a transfer, a ramp or a drain",
                                      "One part of what a step takes."));
  grammar.named.emplace("response", Shape(Either{{duration(), Shape(Tagged{responses(), true})}}, expected + ", or {on-hours: …, off-hours: …}",
                                          "How long until a person who is asked is there."));
}

}  // namespace muster
