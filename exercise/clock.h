#pragma once
#include <string>

#include "models/happening.h"

/// The time, behind an interface, so that a test can make it jump.
namespace muster {

/// Thread-safe. Intervals and deadlines use `boot` only: it never jumps, and it counts while the machine sleeps.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Moment now() const = 0;
};

/// CLOCK_BOOTTIME and CLOCK_REALTIME.
const Clock& system_clock();

/// The kernel's id of this boot; "" where /proc does not tell.
std::string boot_id();

}  // namespace muster
