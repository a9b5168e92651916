#include "reports/samples_csv.h"

#include <algorithm>
#include <cmath>

#include "reports/csv.h"

namespace muster {
namespace {

constexpr std::size_t flush_at = 1 << 16;

}  // namespace

SamplesCsv::SamplesCsv(std::ostream& out, std::vector<std::string> steps)
    : out_(out), steps_(std::move(steps)) {
  out_ << "outage,replication,service,rto,rpo";
  for (const std::string& step : steps_)
    out_ << ',' << csv_cell(step + ".start") << ',' << csv_cell(step + ".end");
  out_ << '\n';
}

void SamplesCsv::place_steps(const SampleBlock& block) {
  if (!columns_.empty() && placed_for_ == block.outage) return;
  placed_for_ = block.outage;
  columns_.clear();
  for (const std::string& step : steps_) {
    const auto found = std::find(block.steps.begin(), block.steps.end(), step);
    columns_.push_back(found == block.steps.end() ? -1 : found - block.steps.begin());
  }
}

void SamplesCsv::write(const SampleBlock& block) {
  place_steps(block);
  const std::size_t services = block.services.size(), steps = block.steps.size();
  const std::string outage = csv_cell(block.outage);
  std::vector<std::string> names;
  for (const std::string& service : block.services) names.push_back(csv_cell(service));
  std::string step_cells;
  for (std::size_t i = 0; i < block.count; ++i) {
    step_cells.clear();
    for (const std::ptrdiff_t column : columns_) {
      const std::size_t at = i * steps + static_cast<std::size_t>(std::max<std::ptrdiff_t>(column, 0));
      append_if_any(step_cells, column < 0 ? std::nan("") : block.start[at]);
      append_if_any(step_cells, column < 0 ? std::nan("") : block.end[at]);
    }
    const std::string before = outage + "," + std::to_string(block.first + i) + ",";
    for (std::size_t s = 0; s < services; ++s) {
      rows_.append(before).append(names[s]);
      append_if_any(rows_, block.rto[i * services + s]);
      append_if_any(rows_, block.rpo[i * services + s]);
      rows_.append(step_cells).push_back('\n');
    }
    if (rows_.size() >= flush_at || i + 1 == block.count) {
      out_.write(rows_.data(), static_cast<std::streamsize>(rows_.size()));
      rows_.clear();
    }
  }
}

}  // namespace muster
