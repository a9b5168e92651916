#include <algorithm>
#include <stdexcept>

#include "models/decode.h"
#include "models/scalars.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

std::optional<double> transfer_bytes(const View& amount, Decoding& decoding) {
  const std::string& text = amount->text;
  try {
    return parse_size(text);
  } catch (const std::invalid_argument&) {
  }
  if (!decoding.findings.clean(amount.pointer())) return {};
  auto found = decoding.sizes.find(text);
  if (found != decoding.sizes.end() && found->second) return *found->second;
  const auto& services = decoding.service_names;
  bool known = std::find(services.begin(), services.end(), text) != services.end();
  decoding.findings.error(amount, known ? "the service " + in_quotes(text) + " has no data with a size to transfer; write data: {size: …} there, or a size here"
                                        : "no service " + in_quotes(text) + " is defined" + did_you_mean(text, services));
  return {};
}

std::optional<Part> decode_ramp(const View& ramp, Decoding& decoding) {
  auto to = number_field(ramp, "to"), adds = quantity_field(ramp, "adds", parse_frequency);
  if (!to || !adds) return {};
  if (*adds <= 0) {
    decoding.findings.error(*field(ramp, "adds"), "the level never grows; expected a frequency above zero such as 100/s");
    return {};
  }
  return Distribution(Constant{std::max(0.0, (*to - number_field(ramp, "at-once").value_or(0)) / *adds)});
}

std::optional<Part> decode_part(const View& value, Decoding& decoding) {
  if (auto amount = field(value, "transfer")) {
    auto bytes = (*amount)->is_scalar() ? transfer_bytes(*amount, decoding) : std::nullopt;
    return Transfer{bytes.value_or(0), text_field(value, "over")};
  }
  if (auto drain = field(value, "drain")) {
    auto arrives = quantity_field(*drain, "arrives", parse_frequency), served = quantity_field(*drain, "served", parse_frequency);
    if (!arrives || !served) return {};
    return Drain{*arrives, *served};
  }
  if (auto ramp = field(value, "ramp")) return decode_ramp(*ramp, decoding);
  auto distribution = decode_distribution(value, decoding);
  if (!distribution) return {};
  return Part(*std::move(distribution));
}

std::vector<Part> decode_takes(const View& value, Decoding& decoding) {
  std::vector<Part> parts;
  auto add = [&](const View& item) {
    parts.push_back(decode_part(item, decoding).value_or(Distribution()));  // keeps its place in the list
  };
  if (value->kind == Node::Kind::list) {
    each_item(value, add);
  } else {
    add(value);
  }
  return parts;
}

std::vector<Seats> decode_seats(const View& step, const char* key) {
  std::vector<Seats> seats;
  if (auto map = field(step, key))
    each_member(*map, [&](const View& member) {
      int count = 1;
      try {
        count = static_cast<int>(std::clamp(number_value(*member.node), 1.0, 1e6));
      } catch (const std::invalid_argument&) {
      }
      seats.push_back({std::string(member.key), count});
    });
  return seats;
}

int whole_field(const View& map, const char* key, int otherwise) {
  return static_cast<int>(std::clamp(number_field(map, key).value_or(otherwise), -1e6, 1e6));
}

void decode_failure(const View& value, Step& step) {
  step.replacement = text_field(value, "do");
  if (value->is_scalar() && value->text == "continue") step.on_failure = OnFailure::go_on;
  if (!step.replacement.empty()) step.on_failure = OnFailure::replace;
}

Step decode_step(const View& value, Decoding& decoding) {
  Step step;
  step.name = value.key;
  step.after = names_field(value, "after");
  if (auto needs = field(value, "needs")) step.needs = decode_needs(*needs);
  step.only_if = names_field(value, "only-if");
  if (auto takes = field(value, "takes")) step.takes = decode_takes(*takes, decoding);
  step.by = decode_seats(value, "by");
  step.uses = decode_seats(value, "uses");
  step.fails = probability_field(value, "fails").value_or(0);
  step.attempts = whole_field(value, "attempts", 1);
  step.retry_after = distribution_field(value, "retry-after", decoding).value_or(Distribution());
  if (auto failure = field(value, "on-failure")) decode_failure(*failure, step);
  step.otherwise = text_field(value, "otherwise");
  step.waits_at_most = quantity_field(value, "waits-at-most", parse_duration);
  step.timeout = quantity_field(value, "timeout", parse_duration);
  step.recovers = names_field(value, "recovers");
  step.priority = whole_field(value, "priority", 0);
  step.every = quantity_field(value, "every", parse_duration);
  step.until = text_field(value, "until");
  step.prior_weight = number_field(value, "prior-weight");
  step.provenance = decode_provenance(value);
  return step;
}

}  // namespace

Plan decode_plan(const View& value, Decoding& decoding) {
  Plan plan;
  plan.commits_at = text_field(value, "commits-at");
  plan.patience = quantity_field(value, "patience", parse_duration).value_or(0);
  if (text_field(value, "dispatch") == "critical-path-first") plan.dispatch = Dispatch::critical_path_first;
  if (auto correlated = field(value, "correlated"))
    each_item(*correlated, [&](const View& item) {
      plan.correlated.push_back({names_field(item, "steps"), number_field(item, "rho").value_or(0)});
    });
  if (auto steps = field(value, "steps"))
    each_member(*steps, [&](const View& step) { plan.steps.push_back(decode_step(step, decoding)); });
  plan.provenance = decode_provenance(value);
  return plan;
}

}  // namespace muster
