#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "models/decode.h"
#include "models/decode_exercise.h"
#include "models/exercise_shape.h"
#include "models/scalars.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

struct Test {
  std::string op, text, json;
};

std::string as_json(const Node& node) {
  if (node.kind == Node::Kind::boolean) return node.text[0] == 't' || node.text[0] == 'T' ? "true" : "false";
  if (node.kind == Node::Kind::number) try {
      return nlohmann::json(number_value(node)).dump();
    } catch (const std::invalid_argument&) {
    }
  return nlohmann::json(node.text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<Test> decode_test(const View& value, ExerciseDecoding& decoding) {
  if (value->is_scalar()) return Test{"==", value->text, as_json(*value.node)};
  std::optional<Test> test;
  each_member(value, [&](const View& member) {
    if (!member->is_scalar()) return;
    test = Test{std::string(member.key), member->text, as_json(*member.node)};
    bool ordered = test->op[0] == '<' || test->op[0] == '>';
    if (ordered && member->kind != Node::Kind::number && decoding.findings.clean(member.pointer()))
      decoding.findings.error(member,
                              "found " + describe(*member.node) + ", expected a number to compare with");
  });
  return test;
}

int whole_field(const View& map, const char* key, int otherwise) {
  return static_cast<int>(std::clamp(number_field(map, key).value_or(otherwise), 0.0, 1e6));
}

void decode_expectation(const View& expect, HttpProbe& probe, ExerciseDecoding& decoding) {
  if (auto status = field(expect, "status")) {
    probe.status.clear();
    auto add = [&](const View& code) { probe.status.push_back(std::atoi(code->text.c_str())); };
    if ((*status)->is_scalar()) add(*status);
    each_item(*status, add);
  }
  probe.body = text_field(expect, "body");
  if (auto json = field(expect, "json"))
    each_member(*json, [&](const View& member) {
      if (auto test = decode_test(member, decoding))
        probe.json.push_back({std::string(member.key), test->op, test->json});
    });
  probe.latency = quantity_field(expect, "latency", parse_duration);
}

HttpProbe decode_http(const View& value, ExerciseDecoding& decoding) {
  HttpProbe probe;
  probe.url = text_field(value, "url");
  if (auto method = text_field(value, "method"); !method.empty()) probe.method = method;
  if (auto headers = field(value, "headers"))
    each_member(*headers, [&](const View& member) {
      refuse_named_secret(member, decoding.findings);
      if (member->is_scalar()) probe.headers.emplace(member.key, member->text);
    });
  if (auto url = field(value, "url")) refuse_secret(*url, decoding.findings);
  if (auto expect = field(value, "expect")) decode_expectation(*expect, probe, decoding);
  return probe;
}

DnsProbe decode_dns(const View& value) {
  DnsProbe probe;
  if (value->is_scalar()) probe.name = value->text;
  if (auto name = text_field(value, "name"); !name.empty()) probe.name = name;
  if (auto type = text_field(value, "type"); !type.empty()) probe.type = type;
  probe.server = text_field(value, "server");
  probe.answer = names_field(value, "answer");
  return probe;
}

CommandProbe decode_command(const View& value, ExerciseDecoding& decoding) {
  CommandProbe probe;
  probe.argv = argv_field(value, "command", decoding);
  if (auto expect = field(value, "expect")) {
    probe.exit = whole_field(*expect, "exit", 0);
    probe.stdout_is = text_field(*expect, "stdout");
    probe.stdout_matches = text_field(*expect, "matches");
  }
  return probe;
}

PostgresProbe decode_postgres(const View& value, ExerciseDecoding& decoding) {
  PostgresProbe probe;
  if (value->is_scalar()) {
    probe.dsn = value->text;
    refuse_secret(value, decoding.findings);
  }
  if (auto dsn = field(value, "dsn"); dsn && (*dsn)->is_scalar()) {
    probe.dsn = (*dsn)->text;
    refuse_secret(*dsn, decoding.findings);
  }
  if (auto query = text_field(value, "query"); !query.empty()) probe.query = query;
  if (auto expect = field(value, "expect"))
    if (auto test = decode_test(*expect, decoding)) {
      probe.op = test->op;
      probe.value = test->text;
    }
  return probe;
}

PrometheusProbe decode_prometheus(const View& value, ExerciseDecoding& decoding) {
  PrometheusProbe probe{text_field(value, "url"), text_field(value, "query"), "", ""};
  if (auto expect = field(value, "expect"))
    if (auto test = decode_test(*expect, decoding)) {
      probe.op = test->op;
      probe.value = test->text;
    }
  return probe;
}

std::optional<Check> decode_check(const View& value, ExerciseDecoding& decoding) {
  if (auto http = field(value, "http")) return decode_http(*http, decoding);
  if (auto tcp = text_field(value, "tcp"); !tcp.empty()) try {
      auto [host, port] = parse_host_and_port(tcp);
      return TcpProbe{host, port};
    } catch (const std::invalid_argument&) {
    }
  if (auto dns = field(value, "dns")) return decode_dns(*dns);
  if (field(value, "command")) return decode_command(value, decoding);
  if (auto postgres = field(value, "postgres")) return decode_postgres(*postgres, decoding);
  if (auto prometheus = field(value, "prometheus")) return decode_prometheus(*prometheus, decoding);
  return {};
}

}  // namespace

Probe decode_probe(const View& value, ExerciseDecoding& decoding) {
  Probe probe;
  probe.name = value.key;
  probe.check = decode_check(value, decoding).value_or(Check());
  probe.from = where_field(value, "from", decoding);
  probe.every = quantity_field(value, "every", parse_duration).value_or(1);
  probe.timeout = quantity_field(value, "timeout", parse_duration).value_or(5);
  probe.passes = whole_field(value, "passes", 1);
  probe.failures = whole_field(value, "failures", 1);
  return probe;
}

Condition decode_condition(const View& value, ExerciseDecoding& decoding) {
  Condition condition;
  auto leaf = [&](const View& name) {
    condition.probe = name->text;
    expect_name(name, condition.probe, decoding.probes, decoding.findings);
  };
  if (value->is_scalar()) {
    leaf(value);
    return condition;
  }
  condition.holds_for = quantity_field(value, "for", parse_duration).value_or(0);
  if (auto name = field(value, "probe"); name && (*name)->is_scalar()) leaf(*name);
  if (auto negated = field(value, "not")) {
    condition.kind = Condition::Kind::negation;
    condition.of.push_back(decode_condition(*negated, decoding));
  }
  for (auto [key, kind] : {std::pair("all", Condition::Kind::all), std::pair("any", Condition::Kind::any)}) {
    if (!field(value, key)) continue;
    condition.kind = kind;
    condition.of = conditions_field(value, key, decoding);
  }
  return condition;
}

std::vector<Condition> conditions_field(const View& map, std::string_view key, ExerciseDecoding& decoding) {
  std::vector<Condition> conditions;
  if (auto list = field(map, key))
    each_item(*list, [&](const View& item) { conditions.push_back(decode_condition(item, decoding)); });
  return conditions;
}

}  // namespace muster
