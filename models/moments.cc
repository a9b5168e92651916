#include "models/moments.h"

#include <chrono>
#include <cmath>

#include "models/units.h"

namespace muster {
namespace {

std::string digits(long long number, int width) {
  std::string out = std::to_string(number);
  while (static_cast<int>(out.size()) < width) out.insert(out.begin(), '0');
  return out;
}

struct Civil {
  std::string date, time;
  long long milliseconds;
};

Civil civil(const Moment& at) {
  using namespace std::chrono;
  const sys_time<nanoseconds> instant{nanoseconds(at.wall)};
  const auto midnight = floor<days>(instant);
  const year_month_day date{midnight};
  const hh_mm_ss time{floor<milliseconds>(instant - midnight)};
  return {digits(static_cast<int>(date.year()), 4) + "-" + digits(static_cast<unsigned>(date.month()), 2) + "-" +
              digits(static_cast<unsigned>(date.day()), 2),
          digits(time.hours().count(), 2) + ":" + digits(time.minutes().count(), 2) + ":" +
              digits(time.seconds().count(), 2),
          time.subseconds().count()};
}

}  // namespace

std::string utc_text(const Moment& at) {
  const Civil c = civil(at);
  return c.date + " " + c.time + " UTC";
}

std::string utc_date(const Moment& at) { return civil(at).date; }

std::string iso_text(const Moment& at) {
  const Civil c = civil(at);
  return c.date + "T" + c.time + "." + digits(c.milliseconds, 3) + "Z";
}

std::string offset_text(double seconds) {
  // On a time scale nothing finer than a hundredth is read.
  const double rounded = std::fabs(seconds) < 10 ? std::round(seconds * 100) / 100 : std::round(seconds * 10) / 10;
  if (rounded == 0) return "0 s";
  std::string text = human_duration(std::fabs(rounded));
  return (rounded < 0 ? "-" : "+") + text;
}

}  // namespace muster
