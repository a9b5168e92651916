#include "exercise/clock.h"

#include <ctime>
#include <fstream>

namespace muster {
namespace {

std::int64_t nanoseconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

class SystemClock : public Clock {
 public:
  Moment now() const override { return {nanoseconds(CLOCK_BOOTTIME), nanoseconds(CLOCK_REALTIME)}; }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string boot_id() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(in, id);
  return id;
}

}  // namespace muster
