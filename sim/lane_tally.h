#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/course.h"
#include "sim/lanes.h"
#include "sim/replication.h"
#include "sim/tally.h"

/// Counts what the lane engine, or Course, found, as count() does replication by replication.
///
/// Also what each replication would have been in other programs that go the same course, and differ in copies, objectives and costs alone: those whose
/// copies of a service are the same lose alike, which is looked at once. Belongs to one thread.
namespace muster {

class LaneTally {
 public:
  /// A program; who counts and, where there are several, what the copies of each service are. All outlive the tally.
  struct Of {
    const Program* program;
    const Columns* columns;
    Counts* counts;
    const std::vector<std::string>* copies;
  };
  /// The program that runs, then those that follow.
  explicit LaneTally(std::vector<Of> of);

  /// Runs replications first, first + 1, ... of which there are n (at most lanes::capacity) in lanes, those that need true events in `r`, and counts
  /// them. values[k][c] receives column c of the k-th program. With a cost, or with followers, `r` must keep spells, or losses.
  template <class Engine>
  void count(Engine& lanes, Replication& r, std::uint64_t seed, std::uint32_t first, std::uint32_t n, const std::vector<std::vector<double*>>& values);

 private:
  /// What services whose copies are the same lose.
  struct Losses {
    const Program* program;
    std::int32_t service;
    double loss[lanes::capacity];
    std::int32_t chosen[lanes::capacity];
  };
  template <class Engine>
  void leave_doubtful_costs(Engine& lanes, std::uint32_t n) const;
  template <class Engine>
  void find_losses(Engine& lanes, std::uint32_t n);
  template <class Engine>
  void count_one(std::size_t k, Engine& lanes, std::uint32_t n, double* const* values);
  template <class Engine>
  void join_losses(std::size_t k, Engine& lanes, std::uint32_t n, double* const* values);
  template <class Engine>
  void add_up_costs(const Of& of, Engine& lanes, std::uint32_t n, double* const* values);

  std::vector<Of> of_;
  std::vector<Losses> losses_;
  std::vector<std::vector<std::int32_t>> losses_of_;  ///< by program and service: into losses_; none: it loses nothing
  std::vector<double> scratch_;
  std::vector<std::pair<double, std::size_t>> downs_;
};

}  // namespace muster
