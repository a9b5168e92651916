#pragma once
#include <ostream>
#include <string>
#include <vector>

#include "models/progress.h"

/// Every replication as rows of CSV (RFC 4180, but lines end with a newline alone), written while they come.
///
///     outage,replication,service,rto,rpo[,STEP.start,STEP.end]...
///
/// One row for each outage, replication (from 0) and service, in this order: outages and services as in the
/// scenario. Seconds, "never" where infinite, as many digits as give the same double back. With steps, their
/// columns are the same in all rows of a replication; a cell is empty where the step did not start or end, or
/// the outage's plan has no such step.
namespace muster {

class SamplesCsv {
 public:
  /// `steps`: every step that may come, in the order of the columns; empty for no such columns. Writes the
  /// header. `out` must outlive this. Failures show in its state, which the caller looks at.
  SamplesCsv(std::ostream& out, std::vector<std::string> steps);
  /// Appends the rows of a block. Not thread-safe.
  void write(const SampleBlock& block);

 private:
  void place_steps(const SampleBlock& block);

  std::ostream& out_;
  std::vector<std::string> steps_;
  std::string placed_for_;               ///< the outage that columns_ are for
  std::vector<std::ptrdiff_t> columns_;  ///< of each of steps_: its index in the block, or -1
  std::string rows_;                     ///< kept for its capacity
};

}  // namespace muster
