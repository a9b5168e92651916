#pragma once
#include <string>

#include "models/happening.h"

/// Instants and intervals of an exercise, as people read them. Pure and thread-safe.
namespace muster {

std::string utc_text(const Moment& at);      ///< "2026-11-23 10:15:00 UTC"
std::string utc_date(const Moment& at);      ///< "2026-11-23"
std::string iso_text(const Moment& at);      ///< "2026-11-23T10:15:00.123Z", for programs
/// Seconds on an exercise's own scale: "+12.3 s", "-2 s", "+1 min 40 s".
std::string offset_text(double seconds);

}  // namespace muster
