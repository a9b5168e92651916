#include "exercise/agent/clock_offset.h"

#include <algorithm>
#include <cmath>

namespace muster {
namespace {

constexpr std::size_t kKept = 32;
constexpr double kDrift = 1e-3;  // seconds a second

std::int64_t ahead(const ClockExchange& exchange) {
  return exchange.theirs.boot - (exchange.asked.boot + (exchange.answered.boot - exchange.asked.boot) / 2);
}

}  // namespace

void ClockOffset::add(const ClockExchange& exchange) {
  exchanges_.push_back(exchange);
  if (exchanges_.size() > kKept) exchanges_.pop_front();
}

double ClockOffset::error_of(const ClockExchange& exchange) const {
  return exchange.answered.since(exchange.asked) / 2 + kDrift * exchanges_.back().answered.since(exchange.answered);
}

const ClockExchange& ClockOffset::best() const {
  return *std::min_element(exchanges_.begin(), exchanges_.end(), [this](const auto& a, const auto& b) { return error_of(a) < error_of(b); });
}

double ClockOffset::offset() const { return static_cast<double>(ahead(best())) / 1e9; }

double ClockOffset::error() const { return error_of(best()); }

double ClockOffset::error_at(const Moment& ours) const { return error() + kDrift * std::max(0.0, ours.since(exchanges_.back().answered)); }

Moment ClockOffset::ours(const Moment& theirs) const {
  const Moment& here = exchanges_.back().answered;
  const std::int64_t boot = theirs.boot - ahead(best());
  return {boot, here.wall + (boot - here.boot)};
}

std::int64_t ClockOffset::theirs(const Moment& now) const { return now.boot + ahead(best()); }

}  // namespace muster
