#include "models/scalars.h"
#include "models/scenario_shape.h"

namespace muster {
namespace {

Shape list_of(Shape shape, std::string title, std::size_t least = 0, bool unique = false) {
  return Shape(List{std::make_shared<const Shape>(std::move(shape)), least, 100'000, unique}, std::move(title));
}

Field region_field(bool is_required) {
  const std::string doc = "The region that it is in.";
  return is_required ? required("region", name_text("a region"), doc) : optional("region", name_text("a region"), doc);
}

Shape copy() {
  const Shape duration = Reference{"duration"}, distribution = Reference{"distribution"};
  const std::string kept = "Copies older than this are gone.";
  Object replica{{region_field(false), required("lag", distribution, "How far it is behind; 0s: synchronous.")}};
  Object log{{region_field(false), required("lag", distribution, "How far the log is behind."), optional("kept", duration, kept)}};
  Object backup{{region_field(false), required("every", Reference{"positive-duration"}, "One starts each …."),
                 optional("held", distribution, "How long a copy waits before it is taken away; default 0s."),
                 optional("takes", distribution, "How long the copying takes; default 0s."),
                 optional("succeeds", Reference{"probability"}, "How often a copy is good; default 100%."), optional("kept", duration, kept)}};
  return Shape(Tagged{{{required("replica", replica, "A second copy that follows the first.")},
                       {required("log", log, "Point-in-time recovery.")},
                       {required("backup", backup, "Copies taken at intervals.")}},
                      true},
               "a copy: {replica: …}, {log: …} or {backup: …}", "What a restore can start from.");
}

Shape objective() {
  const Shape duration = Reference{"duration"};
  Object object{{optional("rto", duration, "Recovery time objective: the longest acceptable time from onset until the service is back."),
                 optional("rpo", duration, "Recovery point objective: the most data, in time before onset, that may be lost."),
                 optional("confidence", Reference{"confidence"}, "The share of outages that must meet it; default 95%."),
                 optional("mtpd", duration, "The longest outage before the harm is unacceptable.")}};
  object.at_least_one_of = {"rto", "rpo", "mtpd"};
  return Shape(object, "an objective such as {rto: 4h, rpo: 15m}");
}

Shape cost() {
  Object band{{required("from", Reference{"duration"}, "The length of the outage from which this band holds."),
               required("per-hour", amount("an amount of money, a plain number"), "What each further hour costs.")}};
  Object data_loss{{required("per-hour", amount("an amount of money, a plain number"), "What each hour of lost data costs.")}};
  Object object{{optional("downtime", list_of(band, "a list of {from: …, per-hour: …}", 1), "Bands by the length of the outage, in ascending order."),
                 optional("data-loss", data_loss, "What lost data costs.")}};
  object.at_least_one_of = {"downtime", "data-loss"};
  return object;
}

Shape at_least() {
  Object object{{required("at-least", whole_number(1, 100'000), "How many of them must be up."),
                 required("of", list_of(name_text("a service or a region"), "a list of names", 1, true), "Services or regions.")}};
  return Shape(object, "{at-least: …, of: […]}");
}

}  // namespace

void add_service_shapes(Grammar& grammar) {
  Shape need(Either{{name_text("a service or a region"), at_least()}}, "the name of a service or a region, or {at-least: …, of: […]}");
  grammar.named.emplace("needs", Shape(Either{{list_of(need, "", 0, true), at_least()}}, "a list of names such as [lambda, dynamodb]",
                                       "Services and regions that must be up; all of the list, or at least so many of several."));
  grammar.named.emplace("copy", copy());
  grammar.named.emplace("objective", objective());
  Object data{{optional("size", Reference{"size"}, "How much it is, for transfers."),
               optional("copies", list_of(Reference{"copy"}, "a list of copies"), "What a restore can start from; the youngest usable one is taken.")}};
  Object service{{optional("region", name_text("a region"), "The region that it is in; without one it is struck by name only."),
                  optional("data", data, "A service with data has a recovery point."),
                  optional("needs", Reference{"needs"}, "It is down while any of these is down."),
                  optional("objective", Shape(Either{{name_text("an objective in objectives"), Reference{"objective"}}}, "an objective such as {rto: 4h, rpo: 15m}, or the name of one"),
                           "What it promises."),
                  optional("cost", cost(), "What an outage of it costs, in the scenario's currency.")}};
  grammar.named.emplace("service", Shape(service, "a service such as {region: us-east-1}", "Something that is up or down."));
}

}  // namespace muster
