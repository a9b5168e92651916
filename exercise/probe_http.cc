#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/answer.h"
#include "exercise/clock.h"
#include "exercise/comparison.h"
#include "exercise/web.h"
#include "models/units.h"

namespace muster {
namespace {

/// Why the document fails the test; "" when it passes.
std::string shortcoming(const nlohmann::json& document, const JsonTest& test) {
  const nlohmann::json::json_pointer pointer(test.pointer);
  if (!document.contains(pointer)) return "nothing at " + test.pointer;
  const nlohmann::json& found = document.at(pointer);
  if (compares(found, test.op, nlohmann::json::parse(test.value))) return "";
  std::string shown = found.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
  return test.pointer + " is " + shown + ", not " + test.op + " " + test.value;
}

}  // namespace

Answer ask(const HttpProbe& probe, const Stage& stage) {
  const Moment begin = system_clock().now();
  const WebAnswer answer = web_exchange({.url = probe.url, .method = probe.method, .headers = probe.headers}, stage);
  const double took = system_clock().now().since(begin);
  stage("looking at the body");
  const std::string status = "status " + std::to_string(answer.status);
  if (std::count(probe.status.begin(), probe.status.end(), answer.status) == 0) return failing(status);
  if (probe.latency && took > *probe.latency) return failing(status + ", later than " + exact_duration(*probe.latency));
  if (!probe.body.empty() && !found_in(answer.body, probe.body)) return failing(status + ", but the body does not match");
  if (!probe.json.empty()) {
    const nlohmann::json document = nlohmann::json::parse(answer.body, nullptr, false);
    if (document.is_discarded()) return failing(status + ", but the body is not JSON");
    for (const auto& test : probe.json)
      if (const std::string why = shortcoming(document, test); !why.empty()) return failing(status + ", but " + why);
  }
  return passing(status);
}

}  // namespace muster
