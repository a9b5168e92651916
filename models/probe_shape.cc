#include <stdexcept>

#include "models/exercise_shape.h"
#include "models/json_pointer.h"
#include "models/patterns.h"
#include "models/scalars.h"
#include "models/wording.h"

namespace muster {
namespace {

std::shared_ptr<const Shape> shared(Shape shape) { return std::make_shared<const Shape>(std::move(shape)); }

Shape test() {
  const Shape value = free_text("a value");
  Tagged tests;
  const std::pair<const char*, const char*> operators[] = {{"==", "Equal."}, {"!=", "Not equal."},
                                                           {"<", "Less."},   {"<=", "At most."},
                                                           {">", "More."},   {">=", "At least."}};
  for (const auto& [op, doc] : operators) tests.alternatives.push_back({required(op, value, doc)});
  tests.alternatives.push_back(
      {required("~", regular_expression(), "A regular expression that is found somewhere in it.")});
  tests.takes_note = false;
  return Shape(Either{{value, Shape(tests)}}, "a value, or a comparison such as {\">=\": 2}",
               "What it must be.");
}

Shape http() {
  Shape code = whole_number(100, 599);
  Shape codes(Either{{code, Shape(List{shared(code), 1, 100, true})}},
              "a status such as 200, or a list of them");
  auto check_pointer = [](std::string_view key) {
    if (key.empty() || key[0] != '/')
      throw std::invalid_argument(in_quotes(key) + " is no JSON pointer; expected such as /status");
    parse_pointer(key);
  };
  auto check_header = [](std::string_view key) {
    bool right = !key.empty() && key.size() <= 100;
    for (char c : key)
      right = right && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                        c == '-' || c == '_');
    if (!right) throw std::invalid_argument(in_quotes(key) + " is no header's name; expected such as Accept");
  };
  Object expect{
      {optional("status", codes, "Any of these; default 200."),
       optional("body", regular_expression(), "Found somewhere in the body."),
       optional("json",
                Named{shared(Reference{"test"}), "comparison", check_pointer, "^/([^~]|~[01])*$", false, 100},
                "What JSON pointers into the body find."),
       optional("latency", Reference{"positive-duration"}, "The answer takes no longer.")}};
  Object object{
      {required("url", web_address(), "What is asked for."),
       optional("method", one_word({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}), "Default GET."),
       optional("headers",
                Named{shared(free_text("a header's value")), "header", check_header, "^[A-Za-z0-9_-]{1,100}$",
                      true, 100},
                "Sent with it; never a secret."),
       optional("expect", expect, "What the answer must be; default status 200.")}};
  return Shape(object, "a probe such as {url: \"http://api.example/health\"}");
}

Shape dns() {
  Object object{
      {required("name", filled_text("a host's name"), "What is asked for."),
       optional("type", one_word({"A", "AAAA", "CNAME", "TXT"}), "Default A."),
       optional("server", filled_text("an address, or address:port"),
                "Who is asked; default the resolver of where it looks from."),
       optional("answer", Shape(List{shared(free_text("an answer")), 1, 100, true}, "a list of answers"),
                "All of these are among the answers; default: there is one.")}};
  return Shape(Either{{filled_text("a host's name"), Shape(object)}},
               "a host's name, or {name: …, answer: […]}");
}

Shape prometheus() {
  Object object{{required("url", web_address(), "The server; the query goes to /api/v1/query below it."),
                 required("query", filled_text("an instant query"), "PromQL."),
                 required("expect", Reference{"test"}, "Every element passes; an empty vector never does.")}};
  return Shape(object, "a probe such as {url: …, query: …, expect: {\">=\": 1}}");
}

Shape postgres() {
  Object object{{required("dsn", filled_text("a connection string"),
                          "As libpq reads it; a password comes by environment or by a password file."),
                 optional("query", filled_text("a query"), "Default select 1."),
                 optional("expect", Reference{"test"},
                          "Of the first column of the first row; default: there is a row.")}};
  return Shape(Either{{filled_text("a connection string"), Shape(object)}},
               "a connection string, or {dsn: …, query: …, expect: …}");
}

Shape probe() {
  Object expect{
      {optional("exit", whole_number(0, 255), "The exit status; default 0."),
       optional("stdout", free_text("text"), "The standard output, without the new line at its end."),
       optional("matches", regular_expression(), "Found somewhere in the standard output.")}};
  Object object;
  object.fields = {
      optional("http", http(), "Asks a web server."),
      optional("tcp", host_and_port(), "Connects to host:port."),
      optional("dns", dns(), "Asks a name server."),
      optional("command", argument_vector("a command such as [psql, -c, select 1]"), "Runs a program."),
      optional("expect", expect, "What a command must say."),
      optional("postgres", postgres(), "Asks a PostgreSQL server."),
      optional("prometheus", prometheus(), "Asks a Prometheus server."),
      optional("from", Reference{"where"}, "Where it looks from; default this machine."),
      optional("every", Reference{"positive-duration"}, "How often; default 1s."),
      optional("timeout", Reference{"positive-duration"}, "No answer by then is none; default 5s."),
      optional("passes", whole_number(1, 1000),
               "So many samples in a row before it counts as up; default 1."),
      optional("failures", whole_number(1, 1000), "So many in a row before it counts as down; default 1.")};
  object.exactly_one_of = {{"http"},     {"tcp"},       {"dns"}, {"command"}, {"command", "expect"},
                           {"postgres"}, {"prometheus"}};
  object.choice = "one of http, tcp, dns, command (with expect), postgres or prometheus";
  return Shape(object, "a probe such as {tcp: \"db.example:5432\"}",
               "A question that is asked again and again.");
}

Shape condition() {
  Shape several(List{shared(Reference{"condition"}), 1, 1000, false}, "a list of probes or conditions");
  Object object{{optional("probe", name_text("a probe"), "This probe passes."),
                 optional("not", Reference{"condition"}, "This one says no."),
                 optional("all", several, "All of these hold."),
                 optional("any", several, "One of these holds."),
                 optional("for", Reference{"duration"}, "So long without a break; default 0s.")}};
  object.exactly_one_of = {{"probe"}, {"not"}, {"all"}, {"any"}};
  object.choice = "one of probe, not, all or any";
  return Shape(Either{{name_text("a probe"), Shape(object)}},
               "the name of a probe, or {not: …}, {all: […]} or {any: […]}", "What probes say together.");
}

}  // namespace

void add_probe_shapes(Grammar& grammar) {
  grammar.named.emplace("test", test());
  grammar.named.emplace("probe", probe());
  grammar.named.emplace("condition", condition());
}

}  // namespace muster
