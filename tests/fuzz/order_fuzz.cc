/// Any bytes as an order to an agent, and as what comes with one: it is read, or refused with a sentence; what was read says the same again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "exercise/agent/order.h"
#include "exercise/agent/order_values.h"
#include "exercise/refused.h"

namespace {

using nlohmann::json;

void expect(bool holds) {
  if (!holds) std::abort();
}

template <typename Read, typename Write>
void there_and_back(const json& body, Read read, Write write) try {
  const auto value = read(body);
  expect(write(read(write(value))) == write(value));
} catch (const std::invalid_argument& wrong) {
  expect(*wrong.what() != '\0');
} catch (const muster::Refused&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  muster::AgentOrder order;
  try {
    order = muster::order_from(text);
    expect(muster::to_json(muster::order_from(muster::to_json(order).dump(-1, ' ', false, json::error_handler_t::replace))).size() >= 6);
  } catch (const std::invalid_argument& wrong) {
    expect(*wrong.what() != '\0');
  }
  muster::OrderGate gate("s");
  gate.judge(order, {});
  const json body = json::parse(text, nullptr, false);
  if (body.is_discarded()) return 0;
  there_and_back(body, muster::fault_from_json, muster::fault_to_json);
  there_and_back(body, muster::probe_from_json, muster::probe_to_json);
  there_and_back(body, muster::command_from_json, muster::command_to_json);
  there_and_back(body, muster::target_from_json, muster::target_to_json);
  there_and_back(body, muster::sample_from_json, muster::sample_to_json);
  there_and_back(body, muster::result_from_json, muster::result_to_json);
  return 0;
}
