#include "models/ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "models/outcomes.h"

namespace muster {
namespace {

TEST(Spearman, TiesShareTheirRankAndInfinityIsTheLargest) {
  EXPECT_THAT(ranks(std::vector<double>{3, 1, 3, never}), testing::ElementsAre(2.5, 1, 2.5, 4));
  // Oracle: R, cor(c(1,2,3,4,5), c(5,6,7,8,7), method = "spearman") = 0.8207826816681234.
  const auto x = ranks(std::vector<double>{1, 2, 3, 4, 5}), y = ranks(std::vector<double>{5, 6, 7, 8, 7});
  EXPECT_NEAR(*pearson_of_ranks(x, y), 0.8207826816681234, 1e-15);
  EXPECT_THROW(pearson_of_ranks(x, ranks(std::vector<double>{1, 2})), std::logic_error);
  EXPECT_EQ(*pearson_of_ranks(x, x), 1);
  EXPECT_FALSE(pearson_of_ranks({}, {}).has_value());
  EXPECT_FALSE(pearson_of_ranks(x, ranks(std::vector<double>{1, 1, 1, 1, 1})).has_value());
}

// Oracle: counting what is below and equal, value by value. Many that are equal; and many that differ in nothing but their last bits, beside much greater ones.
TEST(Spearman, RanksOfManyValuesAgreeWithCounting) {
  std::mt19937_64 random(13);
  for (const std::size_t size : {700u, 12'000u, 20'000u})
    for (const bool alike : {false, true}) {
      std::vector<double> v(size);
      for (double& x : v) {
        x = random() % 50 == 0 ? never : std::floor(static_cast<double>(random() % 4000)) / 8 - 100;
        if (alike) x = random() % 9 == 0 ? 1e300 : 1 + static_cast<double>(random() % 3000) * 0x1p-52;
      }
      const std::vector<double> r = ranks(v);
      for (std::size_t i = 0; i < v.size(); i += 97) {
        std::size_t below = 0, equal = 0;
        for (double x : v) {
          below += x < v[i];
          equal += x == v[i];
        }
        ASSERT_EQ(r[i], static_cast<double>(below) + (static_cast<double>(equal) + 1) / 2) << size << " " << alike << " " << i;
      }
    }
}

TEST(Spearman, WhatIsNotANumberIsABug) { EXPECT_THROW(ranks(std::vector<double>{1, std::nan(""), 3}), std::logic_error); }

}  // namespace
}  // namespace muster
