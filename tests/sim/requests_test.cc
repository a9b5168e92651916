#include "sim/requests.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

namespace muster {
namespace {

// Oracle: std::set. Times that ascend with a few out of place, that come in any order, and that are all alike; added all at once, or while others are
// taken.
TEST(Requests, AreTakenByTimeThenInDispatchOrder) {
  std::mt19937_64 random(11);
  for (const std::uint32_t most : {1u, 5u, 24u, 25u, 60u, 400u})
    for (int shape = 0; shape < 4; ++shape)
      for (int turn = 0; turn < 20; ++turn) {
        std::vector<Request> memory(2 * most);
        Requests requests(memory.data(), most);
        std::set<std::pair<double, std::uint32_t>> expected;
        for (std::uint32_t pushed = 0; pushed < most || !expected.empty();) {
          EXPECT_EQ(requests.empty(), expected.empty());
          if (pushed < most && (expected.empty() || random() % 3 > 0)) {
            const std::uint32_t place = shape == 3 ? most - 1 - pushed : pushed;
            const double time = shape == 0 ? pushed + (random() % 10 == 0 ? 0.0 : 50.0) : shape == 1 ? static_cast<double>(random() % 1000) : 7;
            requests.push(time, place, static_cast<std::int32_t>(place + 3));
            expected.emplace(time, place);
            ++pushed;
          } else {
            EXPECT_EQ(requests.top().time, expected.begin()->first);
            const Request first = requests.pop();
            EXPECT_EQ(first.time, expected.begin()->first);
            EXPECT_EQ(first.step(), static_cast<std::int32_t>(expected.begin()->second + 3));
            expected.erase(expected.begin());
          }
        }
        EXPECT_TRUE(requests.empty());
      }
}

}  // namespace
}  // namespace muster
