#pragma once
#include <string>
#include <vector>

#include "models/sensitivity.h"

/// What is shown of a sensitivity, for every kind of report.
namespace muster {

/// The recovery to speak of: of the service with the least chance to meet its RTO, or the last one. Null where none was looked into.
const RecoverySensitivity* spoken_of(const OutageResult& outage);
/// "one more engineer", "restore-db 10% faster".
std::string said(const Lever& lever);
/// "restore-db", "engineer answering", "length of the outage".
std::string said(const SobolIndex& factor);
/// Whether the change is told apart from chance.
bool told_apart(const Lever& lever);
/// Those that are, the greatest first.
std::vector<const Lever*> levers_that_move(const RecoverySensitivity& recovery);
/// "p95", "p99.9".
std::string level_name(double level);
/// "−18min", "+2h05m".
std::string signed_duration(double seconds);

}  // namespace muster
