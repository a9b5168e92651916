#pragma once
#include <cstdint>
#include <random>

#include "models/happening.h"

/// Happenings at random, of every kind and with every odd value that a field can hold. Deterministic in the seed.
namespace muster::example {

class RandomHappening {
 public:
  explicit RandomHappening(std::uint64_t seed) : draw_(seed) {}
  Happening of_kind(std::size_t kind);  ///< an index of the variant

 private:
  bool chance() { return draw_() % 2 == 0; }
  std::string text();
  double number();
  std::uint64_t count();
  Moment moment();
  template <class T, class Make>
  std::vector<T> list(Make make) {
    std::vector<T> out;
    for (auto n = draw_() % 4; n > 0; --n) out.push_back(make());
    return out;
  }
  template <class T, class Make>
  std::optional<T> maybe(Make make) {
    return chance() ? std::optional<T>(make()) : std::nullopt;
  }
  std::vector<std::string> texts() {
    return list<std::string>([&] { return text(); });
  }
  template <class Enum>
  Enum word(int last) {
    return static_cast<Enum>(draw_() % static_cast<std::uint64_t>(last + 1));
  }
  int whole() { return static_cast<int>(draw_()); }

  Prediction prediction();
  RunBegan run_began();
  StepChanged step();
  CanaryRead canary();
  RecoveryMeasured recovery();

  std::mt19937_64 draw_;
};

}  // namespace muster::example
