#include <stdexcept>

#include "models/exercise_shape.h"
#include "models/patterns.h"
#include "models/scalars.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

std::shared_ptr<const Shape> shared(Shape shape) { return std::make_shared<const Shape>(std::move(shape)); }

std::vector<Field> match_fields() {
  return {optional("pid-file", filled_text("a file"), "The file that holds the process's number."),
          optional("match", regular_expression(), "Found in the command line of the process."),
          optional("at-most", whole_number(1, 1000), "More matches are refused; default 1.")};
}

Object matching(std::vector<Field> more) {
  Object object{match_fields()};
  object.fields.insert(object.fields.end(), more.begin(), more.end());
  object.exactly_one_of = {{"pid-file"}, {"match"}};
  object.choice = "either pid-file or match";
  return object;
}

Shape process() {
  Object object =
      matching({optional("signal", one_word({"kill", "term", "stop"}), "Default kill."),
                optional("restart", argument_vector("a command such as [systemctl, start, db]"),
                         "Brings it back, after kill and term."),
                optional("restarted-by", one_word({"supervisor"}), "Something else brings it back.")});
  return Shape(object, "a fault such as {pid-file: /run/db.pid, signal: kill, restart: […]}");
}

Shape share() { return Reference{"probability"}; }

Shape partition() {
  Scalar peer;
  peer.type = Scalar::Type::number_or_text;
  peer.expected = "\"*\", a target, a host, a network, a port or host:port";
  peer.longest = 300;
  peer.check = [](const Node& node) {
    if (node.text.empty() || node.text.size() > 300)
      throw std::invalid_argument("found " + describe(node) +
                                  ", expected \"*\", a target, a host, a network, a port or host:port");
  };
  peer.pattern = "^.";
  const Shape one(peer);
  Shape peers(Either{{one, Shape(List{shared(one), 1, 1000, true})}},
              "\"*\", a target, a host, a network, a port, or a list of these");
  Object object{{optional("from", peers, "Cut off from these, as they come in and as answers go out."),
                 optional("to", peers, "Cannot reach these."),
                 optional("how", one_word({"drop", "reject"}), "Silent, or with an answer; default drop."),
                 optional("share", share(), "Random loss of so much; default 100%.")}};
  object.exactly_one_of = {{"from"}, {"to"}};
  object.choice = "either from or to";
  return Shape(object, "a fault such as {from: \"*\"}");
}

Shape region_dark() {
  Object object{{required("region", name_text("a region"), "All of its targets."),
                 optional("from", one_word({"others", "all"}),
                          "Cut off from the other targets (default), or from all.")}};
  return Shape(object, "a fault such as {region: us-east-1, from: all}");
}

Shape device() {
  auto check = [](std::string_view text) {
    bool right = !text.empty() && text.size() <= 15;
    for (char c : text) right = right && c > ' ' && c != '/' && c != 0x7F;
    if (!right)
      throw std::invalid_argument(in_quotes(text) + " is no network device's name; expected such as eth0");
  };
  return parsed_text("a network device such as eth0", check, {"eth0"}, R"(^[^/\s]{1,15}$)");
}

Shape bandwidth() {
  return Shape(Object{{required("dev", device(), "The device whose sending is slowed."),
                       required("rate", Reference{"rate"}, "The most that it sends.")}},
               "a fault such as {dev: eth0, rate: 1 Mbit/s}");
}

Shape delay() {
  return Shape(Object{{required("dev", device(), "The device that sends late."),
                       required("delay", Reference{"positive-duration"}, "So much later."),
                       optional("jitter", Reference{"duration"}, "More or less; default 0s.")}},
               "a fault such as {dev: eth0, delay: 80ms}");
}

Shape amount_to_fill() {
  Scalar scalar;
  scalar.type = Scalar::Type::number_or_text;
  scalar.expected = "a size such as 800 MB, or a share such as 80%";
  scalar.pattern = "(" + patterns::size() + ")|(" + patterns::probability() + ")";
  scalar.least = 0;
  scalar.most = 1;
  scalar.examples = {"800 MB", "80%"};
  scalar.check = [](const Node& node) {
    try {
      if (node.kind != Node::Kind::number) return static_cast<void>(parse_size(node.text));
    } catch (const std::invalid_argument&) {
      if (node.text.find('%') == node.text.npos && node.text.find_first_of("kKMGTPB") != node.text.npos)
        throw;
    }
    probability_of(node);
  };
  return scalar;
}

Shape cpu() {
  return Shape(Object{{required("load", Reference{"probability"},
                                "The share of the target's cores that is kept busy.")}},
               "a fault such as {load: 80%}");
}

Shape memory() {
  return Shape(Object{{required("fill", amount_to_fill(), "So much, or this share of the machine's.")}},
               "a fault such as {fill: 2 GB}");
}

Shape disk() {
  return Shape(
      Object{
          {required("fill", amount_to_fill(), "So much, or until this share of the file system is in use."),
           required("path", filled_text("a folder"), "A folder on the file system that is filled."),
           optional("keep", Reference{"probability"}, "The share that stays free in any case; default 5%.")}},
      "a fault such as {path: /var/lib/db, fill: 90%}");
}

Shape command() {
  return Shape(
      Object{{required("do", Reference{"command"}, "Brings it about."),
              required("undo", Reference{"command"}, "Takes it away, also twice, also after half a do."),
              required("check", Reference{"command"},
                       "Ends with 0 while it is in effect, with 1 when it is gone; all else is unknown.")}},
      "a fault such as {do: […], undo: […], check: […]}");
}

}  // namespace

void add_fault_shapes(Grammar& grammar) {
  const std::vector<Field> kinds = {
      optional("process", process(), "Signals a process and all that it started."),
      optional("freeze", Shape(matching({}), "a fault such as {pid-file: /run/db.pid}"),
               "Stops processes by a cgroup."),
      optional("partition", partition(), "Cuts the target off."),
      optional("region-dark", region_dark(), "Cuts a whole region off."),
      optional("bandwidth", bandwidth(), "Slows a device."),
      optional("delay", delay(), "Delays what a device sends."),
      optional("proxy", proxy_fault_shape(), "Makes the connections to somebody bad."),
      optional("endpoint-outage", endpoint_outage_shape(), "Lets the endpoints of others fail."),
      optional("dns", dns_fault_shape(), "Lets names resolve wrongly."),
      optional("cpu", cpu(), "Keeps cores busy."),
      optional("memory", memory(), "Takes memory."),
      optional("disk", disk(), "Fills a file system."),
      optional("command", command(), "Anything else.")};
  Object object;
  object.fields = kinds;
  std::vector<std::string> names;
  for (const Field& kind : kinds) {
    object.exactly_one_of.push_back({kind.key});
    names.push_back(kind.key);
  }
  object.choice = "one kind of fault: " + listed(names, "or");
  const std::vector<Field> when = {
      optional("on", name_text("a target"), "Where it happens."),
      optional("after", Reference{"duration"}, "So long after the first effect; default 0s."),
      optional("before", Reference{"positive-duration"},
               "So long before the first effect: it sets the scene, and the outage's time counts from the "
               "others."),
      optional("lasts", Reference{"positive-duration"},
               "So long; default until the exercise ends its faults."),
      optional("before-undo", Reference{"command"}, "A fence that runs before it is undone.")};
  object.fields.insert(object.fields.end(), when.begin(), when.end());
  grammar.named.emplace("fault", Shape(object, "a fault such as {on: db-east, partition: {from: \"*\"}}",
                                       "Something that breaks, and is mended again."));
}

}  // namespace muster
