#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/answer.h"
#include "exercise/comparison.h"
#include "exercise/web.h"

namespace muster {
namespace {

/// [time, "value"]; the server's texts "NaN", "+Inf" are numbers too.
Answer judged(const nlohmann::json& pair, const PrometheusProbe& probe) {
  const auto value = pair.at(1).get<std::string>();
  if (probe.op.empty()) return passing(value);
  const nlohmann::json found = number_or_text(value);
  if (!found.is_number()) return unknown("the value '" + value + "' is no number");
  if (compares(found, probe.op, number_or_text(probe.value))) return passing(value);
  return failing(value + ", not " + probe.op + " " + probe.value);
}

}  // namespace

Answer ask(const PrometheusProbe& probe, const Stage& stage) {
  std::string url = probe.url;
  while (!url.empty() && url.back() == '/') url.pop_back();
  WebRequest request;
  request.url = url + "/api/v1/query?query=" + percent_encoded(probe.query);
  const WebAnswer answer = web_exchange(request, stage);
  const nlohmann::json document = nlohmann::json::parse(answer.body, nullptr, false);
  if (document.is_object() && document.value("status", "") == "error") {
    const std::string why = document.value("errorType", "error") + ": " + document.value("error", "");
    return document.value("errorType", "") == "bad_data" ? unknown(why) : failing(why);
  }
  if (answer.status != 200) return failing("status " + std::to_string(answer.status));
  if (!document.is_object() || document.value("status", "") != "success") return unknown("the answer is not Prometheus's");
  const nlohmann::json& result = document.at("data").at("result");
  const auto type = document.at("data").at("resultType").get<std::string>();
  if (type == "scalar") return judged(result, probe);
  if (type != "vector") return unknown("the query gives a " + type + ", not a vector or a scalar");
  if (result.empty()) return failing("an empty vector");
  for (const auto& element : result)
    if (const Answer one = judged(element.at("value"), probe); one.verdict != Sample::Verdict::passing) return one;
  return passing(result.size() == 1 ? judged(result[0].at("value"), probe).what : "all of " + std::to_string(result.size()));
}

}  // namespace muster
