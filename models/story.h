#pragma once
#include <string>
#include <vector>

#include "models/outcomes.h"

/// The story of one replication: what happened when, what waited for what, and why.
namespace muster {

/// What a step waited for last before it began.
struct Cause {
  enum class Kind { onset, predecessor, seat, slot, bandwidth, person, service, patience, called } kind = Kind::onset;
  std::string name;  ///< the predecessor, the role or capacity, the service
  std::string step;  ///< the step that brought it about (ended, freed the seat, recovered the service); empty: none
};

struct StoryAttempt {
  double start = 0, end = 0;
  bool failed = false, timed_out = false;
};

struct StoryStep {
  enum class End { never_ready, passed, succeeded, failed, replaced, cut_short, waiting } end = End::never_ready;
  std::string name;
  double ready = never, requested = never, start = never, finish = never;
  std::vector<StoryAttempt> attempts;
  Cause cause;
  bool critical = false;           ///< on the critical path of `Story::service`
  std::string replaced_by;         ///< the fallback that was called in its place; of a step that is `waiting`, for ever
  std::vector<std::string> by;     ///< "2 engineer"
  std::vector<std::string> holders;///< steps that held what it waited for when it asked
  bool duty = false;
  int instance = 0;                ///< of a duty
};

struct StoryCopy {
  std::string copy;    ///< "backup in us-west-2"
  bool usable = false;
  double age = never;  ///< seconds before the strike (for corruption: what would be lost)
  std::string why;     ///< when unusable: "its region was struck", "older than it is kept", "holds the corruption too"
  bool chosen = false;
};

struct StoryService {
  std::string name;
  bool struck = false;
  double struck_at = never;
  double rto = 0, rpo = 0;
  std::string came_back_by;  ///< a step, "the provider's repair", "needs of it" or "" when never
  std::vector<StoryCopy> copies;
};

struct StoryEvent {
  double at = 0;
  std::string what;  ///< one sentence
};

struct Story {
  std::string title, file, sha256, outage;
  std::uint64_t seed = 0, replication = 0;
  std::string chosen_because;  ///< "its recovery time is the p95 of 100,000 replications (service api)"
  double onset = 0;            ///< instant
  std::string onset_local;     ///< "Sat 03:12 (America/Los_Angeles)"
  double recovery = 0, plan_end = 0;
  bool stood_down = false, stopped = false;
  double committed_at = never;
  std::vector<StoryStep> steps;  ///< by start
  std::vector<StoryService> services;
  std::vector<StoryEvent> events;  ///< by time
  std::string service;                     ///< whose recovery the critical path is of; empty where nothing was down
  std::vector<std::string> critical_path;  ///< first step first
};

}  // namespace muster
