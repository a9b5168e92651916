#include "sim/credible.h"

#include <algorithm>

#include "models/statistics.h"

namespace muster {
namespace {

double at_level(const std::vector<double>& sorted, double level) { return sorted[std::max<std::uint64_t>(rank_of(level, sorted.size()), 1) - 1]; }

/// Order statistics of ranks that leave as much below as above: n + 1 gaps are alike (Wilks).
Interval middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const double gaps = static_cast<double>(values.size() + 1);
  const auto rank = std::max<std::size_t>(static_cast<std::size_t>(gaps * (1 - CredibleOptions::level) / 2 + 1e-9), 1);
  return {values[rank - 1], values[values.size() - rank]};
}

}  // namespace

std::vector<std::vector<double>> recoveries_under(Replication& replication, std::int32_t services, std::uint64_t seed, std::uint32_t replications,
                                                  std::uint32_t truth) {
  std::vector<std::vector<double>> out(static_cast<std::size_t>(services));
  for (std::uint32_t i = 0; i < replications; ++i) {
    replication.run(seed, i, false, truth);
    for (std::int32_t s = 0; s < services; ++s) out[static_cast<std::size_t>(s)].push_back(replication.rto(s));
  }
  for (auto& values : out) std::sort(values.begin(), values.end());
  return out;
}

std::vector<CredibleQuantiles> credible_quantiles(const Scenario& scenario, const std::string& outage, const CredibleOptions& options) {
  const Program program = compile(scenario, outage, options.at);
  Replication replication(program);
  const auto services = static_cast<std::size_t>(program.services);
  std::vector<std::vector<double>> p50(services), p95(services);
  std::vector<char> affected(services);
  for (std::uint32_t truth = 0; truth < options.truths; ++truth) {
    const auto recoveries = recoveries_under(replication, program.services, options.seed, options.replications, truth);
    for (std::size_t s = 0; s < services; ++s) {
      p50[s].push_back(at_level(recoveries[s], 0.5));
      p95[s].push_back(at_level(recoveries[s], 0.95));
      affected[s] |= recoveries[s].back() > 0;
    }
  }
  std::vector<CredibleQuantiles> out;
  for (std::size_t s = 0; s < services; ++s)
    if (affected[s]) out.push_back({program.node_names[s], middle(std::move(p50[s])), middle(std::move(p95[s]))});
  return out;
}

}  // namespace muster
