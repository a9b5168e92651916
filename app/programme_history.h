#pragma once
#include <vector>

#include "models/observation.h"
#include "models/schedule.h"

/// What the ledger knows that a programme asks about.
namespace muster {

struct ProgrammeHistory {
  std::vector<std::vector<Held>> held;      ///< of each exercise, oldest first; those of the programme file too
  std::vector<Observation> observations;    ///< all of the ledger: of exercises, incidents and imports
  std::string chain;                        ///< what check_chain says; "" where all is well
};

/// An exercise of the ledger is one of the programme's when it played the same outage of a scenario file of that name, was of the same kind,
/// and was done to the end of its plan. Throws LedgerTrouble.
ProgrammeHistory programme_history(const Programme& programme);

}  // namespace muster
