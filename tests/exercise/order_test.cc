#include "exercise/agent/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace muster {
namespace {

using Way = OrderGate::Judged::Way;
using testing::HasSubstr;

AgentOrder order(const std::string& id, std::uint64_t sequence, const std::string& kind = "status") {
  return {kind, id, "s", "2026-01-01T00-00-00-abcd", sequence, {}, nlohmann::json::object()};
}

Moment seconds(double s) { return {static_cast<std::int64_t>(s * 1e9), 0}; }

std::string trouble_with(const std::string& line) try {
  order_from(line);
  return "";
} catch (const std::invalid_argument& wrong) {
  return wrong.what();
}

TEST(AgentOrder, ComesBackAsItWent) {
  AgentOrder one = order("a", 7, "begin");
  one.until = 12;
  one.body = {{"fault", "cut"}, {"lasts", nullptr}};
  const AgentOrder back = order_from(to_json(one).dump());
  EXPECT_EQ(to_json(back), to_json(one));
}

TEST(AgentOrder, EveryInputOfTheCorpusIsReadOrRefused) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MUSTER_SOURCE "/tests/fuzz/corpus/order")) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (std::size_t size = 0; size <= text.size(); ++size) LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), size);
    ++files;
  }
  EXPECT_GE(files, 10);
}

TEST(AgentOrder, WhatIsWrongWithItIsSaid) {
  EXPECT_THAT(trouble_with("hello"), HasSubstr("no JSON object"));
  EXPECT_THAT(trouble_with("[1]"), HasSubstr("no JSON object"));
  nlohmann::json whole = to_json(order("a", 1));
  for (const char* key : {"order", "id", "session", "sequence", "exercise"}) {
    nlohmann::json without = whole, wrong = whole;
    without.erase(key);
    wrong[key] = nlohmann::json::array();
    EXPECT_THAT(trouble_with(without.dump()), HasSubstr(key));
    EXPECT_THAT(trouble_with(wrong.dump()), HasSubstr(key));
  }
  whole["exercise"] = "../../etc";
  EXPECT_THAT(trouble_with(whole.dump()), HasSubstr("no id of an exercise"));
  whole["exercise"] = "x";
  whole["more"] = 1;
  EXPECT_THAT(trouble_with(whole.dump()), HasSubstr("an order has no 'more'"));
  EXPECT_THAT(trouble_with(std::string(longest_order + 1, '{')), HasSubstr("longer than 1 MiB"));
}

TEST(OrderGate, OrdersOfTheSessionPassInTheirSequence) {
  OrderGate gate("s");
  EXPECT_EQ(gate.judge(order("a", 1), seconds(1)).way, Way::fresh);
  EXPECT_EQ(gate.judge(order("b", 2), seconds(1)).way, Way::fresh);
  EXPECT_EQ(gate.judge(order("c", 4), seconds(1)).way, Way::hang_up);
  EXPECT_EQ(gate.judge(order("d", 2), seconds(1)).way, Way::hang_up);
}

TEST(OrderGate, OrderOfAnotherSessionNeverPasses) {
  OrderGate gate("t");
  EXPECT_EQ(gate.judge(order("a", 1), seconds(1)).way, Way::hang_up);
}

TEST(OrderGate, RepeatedOrderGetsItsAnswerAndIsNotDoneAgain) {
  OrderGate gate("s");
  gate.judge(order("a", 1), seconds(1));
  EXPECT_EQ(gate.judge(order("a", 1), seconds(1)).answer, "");
  gate.answered("a", "done");
  const auto again = gate.judge(order("a", 1), seconds(1));
  EXPECT_EQ(again.way, Way::repeated);
  EXPECT_EQ(again.answer, "done");
  EXPECT_EQ(gate.judge(order("a", 2, "account"), seconds(1)).way, Way::refused);
}

TEST(OrderGate, LateOrderIsRefusedAndStaysSo) {
  OrderGate gate("s");
  AgentOrder late = order("a", 1);
  late.until = seconds(5).boot;
  EXPECT_EQ(gate.judge(late, seconds(5.1)).way, Way::refused);
  EXPECT_EQ(gate.judge(order("b", 2), seconds(5.2)).way, Way::fresh);
}

TEST(OrderGate, ThirtyOrdersASecondPassAndSixtyAtOnce) {
  OrderGate gate("s");
  std::uint64_t n = 0;
  const auto next = [&](double now) {
    ++n;
    return gate.judge(order("n" + std::to_string(n), n), seconds(now)).way;
  };
  for (int i = 0; i < 60; ++i) ASSERT_EQ(next(1), Way::fresh);
  for (int i = 1; i <= 300; ++i) ASSERT_EQ(next(1 + i / 29.0), Way::fresh) << i;
  Way last = Way::fresh;
  for (int i = 0; i < 100 && last == Way::fresh; ++i) last = next(12);
  EXPECT_EQ(last, Way::hang_up);
}

TEST(OrderGate, SessionsAreDrawnAnew) {
  EXPECT_EQ(drawn_session().size(), 32u);
  EXPECT_NE(drawn_session(), drawn_session());
}

}  // namespace
}  // namespace muster
