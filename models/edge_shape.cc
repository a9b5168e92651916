#include <stdexcept>

#include "models/exercise_shape.h"
#include "models/host_pattern.h"
#include "models/scalars.h"
#include "models/wording.h"

namespace muster {
namespace {

std::shared_ptr<const Shape> shared(Shape shape) { return std::make_shared<const Shape>(std::move(shape)); }

const char* const host_letters = R"(^[A-Za-z0-9_.*-]+$)";

Shape host_or_network() {
  auto check = [](std::string_view text) {
    if (!is_network(text)) check_host_pattern(text);
  };
  return parsed_text("a host such as *.example, or a network", check, {"*.us-east-1.amazonaws.com", ".example", "10.9.1.0/24"}, R"(^([A-Za-z0-9_.*-]+|[0-9a-fA-F:.]+(/[0-9]{1,3})?)$)");
}

Shape name_pattern() {
  return parsed_text("a name such as *.example", [](std::string_view text) { check_host_pattern(text); }, {"*.lab", ".lab"}, host_letters);
}

Shape answer() {
  auto check = [](std::string_view text) {
    const bool word = text == "servfail" || text == "nxdomain" || text == "hang" || text == "stale";
    if (!word && (!is_network(text) || text.find('/') != text.npos))
      throw std::invalid_argument("found " + in_quotes(text) + ", expected servfail, nxdomain, hang, stale or an address" + did_you_mean(text, {"servfail", "nxdomain", "hang", "stale"}));
  };
  return parsed_text("servfail, nxdomain, hang, stale or an address", check, {"servfail", "10.9.1.1"}, R"(^(servfail|nxdomain|hang|stale|[0-9a-fA-F:.]+)$)");
}

Shape aws() {
  return Shape(Object{{required("region", name_text("a region of AWS"), "Such as us-east-1."),
                       optional("services", Shape(List{shared(name_text("a service of AWS")), 1, 100, true}, "a list of services such as [dynamodb, s3]"), "These; without it the whole region.")}},
               "a map such as {region: us-east-1, services: [dynamodb]}");
}

Shape settings_of(std::vector<Field> fields, const std::string& example) {
  fields.push_back(optional("stream", one_word({"upstream", "downstream"}), "What clients send, or what they get; default downstream."));
  fields.push_back(optional("share", Reference{"probability"}, "Of connections; default 100%."));
  return Shape(Object{std::move(fields)}, "settings such as " + example);
}

Shape toxic() {
  const Reference time{"positive-duration"};
  Object object;
  object.takes_note = false;
  object.fields = {
      optional("latency", settings_of({required("latency", time, "So much later."), optional("jitter", Reference{"duration"}, "More or less; default 0s.")}, "{latency: 80ms}"), "All comes later."),
      optional("bandwidth", settings_of({required("rate", Reference{"rate"}, "Of each connection.")}, "{rate: 100 kB/s}"), "All comes slower."),
      optional("slow_close", settings_of({required("delay", time, "So much later.")}, "{delay: 2s}"), "The end comes later."),
      optional("timeout", settings_of({optional("timeout", time, "Then it is closed; default when the fault ends.")}, "{timeout: 5s}"), "Nothing comes."),
      optional("reset_peer", settings_of({optional("timeout", time, "So long behind the first bytes; default 0s.")}, "{timeout: 1s}"), "Reset."),
      optional("slicer", settings_of({required("average_size", size_text(), "Of a piece."), optional("size_variation", size_text(), "More or less; default 0 B."), optional("delay", time, "Between two.")},
                                     "{average_size: 64 B, delay: 1ms}"), "All comes in pieces."),
      optional("limit_data", settings_of({required("bytes", size_text(), "So many.")}, "{bytes: 10 kB}"), "Closed once so much has passed.")};
  std::vector<std::string> kinds;
  for (const Field& field : object.fields) {
    kinds.push_back(field.key);
    object.exactly_one_of.push_back({field.key});
  }
  object.choice = "one of " + listed(kinds, "or");
  const std::string title = "a word such as reset_peer, or a map such as {latency: {latency: 80ms}}";
  return Shape(Either{{one_word({"timeout", "reset_peer"}), Shape(object, title)}}, title);
}

}  // namespace

Shape endpoint_outage_shape() {
  Object object{{optional("hosts", Shape(List{shared(host_or_network()), 1, 1000, true}, "a list of hosts"), "Whose endpoints fail; * stands for anything, .example for it and all below."),
                 optional("aws", aws(), "Endpoints of a region of AWS, in all their forms."),
                 optional("how", one_word({"refuse", "reset", "hang", "http-503", "slow"}), "Default refuse; with `slow` alone, slow."),
                 optional("slow", Reference{"positive-duration"}, "Answers come so much later; or, beside another `how`, the failure."),
                 optional("shape", one_word({"unavailable", "throttling", "internal-error"}), "Of an answer to plain HTTP; default unavailable."),
                 optional("share", Reference{"probability"}, "Of connections; default 100%."),
                 optional("existing", one_word({"cut", "kept"}), "Connections from before; default cut."),
                 optional("no-sni", one_word({"pass", "fail"}), "Connections that name no host; default pass."),
                 optional("ech", one_word({"pass", "fail"}), "Connections whose name may be hidden; default pass."),
                 optional("quic", one_word({"refuse", "pass"}), "Datagrams to port 443; default refuse, so that clients take TCP."),
                 optional("ports", Shape(List{shared(whole_number(1, 65535)), 0, 50, true}, "a list of ports"), "From which connections are led away; default [80, 443]."),
                 optional("listen", host_and_port(), "Where it is a proxy too, for whose settings say so.")}};
  object.at_least_one_of = {"hosts", "aws"};
  return Shape(object, "a fault such as {hosts: [\"*.example\"], how: reset}");
}

Shape dns_fault_shape() {
  Object object{{required("names", Shape(List{shared(name_pattern()), 1, 1000, true}, "a list of names"), "Whose answers are changed; * stands for anything, .lab for it and all below."),
                 optional("answer", answer(), "What is answered; without it the truth, late."),
                 optional("slow", Reference{"positive-duration"}, "So much later."),
                 optional("share", Reference{"probability"}, "Of questions; default 100%.")}};
  object.at_least_one_of = {"answer", "slow"};
  return Shape(object, "a fault such as {names: [\"*.example\"], answer: servfail}");
}

Shape proxy_fault_shape() {
  const std::string title = "host:port, or a list of these";
  return Shape(Object{{required("upstream", Shape(Either{{host_and_port(), Shape(List{shared(host_and_port()), 1, 100, true})}}, title), "Connections to whom."),
                       required("toxics", Shape(List{shared(toxic()), 1, 100, false}, "a list such as [{latency: {latency: 80ms}}]"), "What is wrong with them, in the order in which bytes meet it."),
                       optional("existing", one_word({"cut", "kept"}), "Connections from before; default cut."),
                       optional("listen", host_and_port(), "Where it is a proxy to that one too.")}},
               "a fault such as {upstream: \"db.example:5432\", toxics: [{latency: {latency: 80ms}}]}");
}

}  // namespace muster
