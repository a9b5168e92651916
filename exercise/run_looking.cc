#include "exercise/run_parts.h"

namespace muster {
namespace {

constexpr double kCanaryPatience = 10;  // seconds until its first write is acknowledged

}  // namespace

RunParts parts_for_looking() {
  RunParts parts;
  parts.probing = [](boost::asio::io_context& io, const std::vector<Probe>& probes,
                     std::function<std::string(const Where&)> place_of, Probing::OnSample on_sample,
                     const std::string& start_in) {
    return std::make_shared<Probing>(io, probes, std::move(place_of), std::move(on_sample), start_in);
  };
  parts.canary = [](boost::asio::io_context&, const Canary& canary, const std::string& netns, const std::string& exercise,
                    const std::string& folder, const std::string& start_in) -> std::function<void()> {
    auto writer = std::make_shared<CanaryWriter>(canary, netns, exercise, folder, kCanaryPatience, start_in);
    return [writer] { writer->stop(); };
  };
  parts.survivors = read_survivors;
  return parts;
}

}  // namespace muster
