#include <nlohmann/json.hpp>

#include "exercise/answer.h"
#include "exercise/comparison.h"
#include "exercise/postgres.h"
#include "exercise/probing.h"
#include "exercise/web.h"

namespace muster {
namespace {

void check_test(const std::string& op, const nlohmann::json& value) { compares(nlohmann::json(""), op, value); }

struct Checked {
  void operator()(const HttpProbe& probe) const {
    parse_url(probe.url);
    if (!probe.body.empty()) found_in("", probe.body);
    for (const auto& test : probe.json) {
      const nlohmann::json::json_pointer pointer(test.pointer);
      check_test(test.op, nlohmann::json::parse(test.value));
    }
  }
  void operator()(const TcpProbe&) const {}
  void operator()(const DnsProbe& probe) const { dns_type(probe.type); }
  void operator()(const CommandProbe& probe) const {
    if (!probe.stdout_matches.empty()) found_in("", probe.stdout_matches);
  }
  void operator()(const PostgresProbe& probe) const {
    check_dsn(probe.dsn);
    check_test(probe.op, probe.value);
  }
  void operator()(const PrometheusProbe& probe) const {
    parse_url(probe.url);
    if (!probe.op.empty()) check_test(probe.op, number_or_text(probe.value));
  }
};

}  // namespace

std::string trouble_with(const Probe& probe) {
  try {
    std::visit(Checked(), probe.check);
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace muster
