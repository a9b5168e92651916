#include "models/patterns.h"

namespace muster::patterns {
namespace {

const std::string number = R"((0|[1-9]\d*)(\.\d+)?)";
const std::string bytes = "(B|[kK]B|MB|GB|TB|PB|KiB|MiB|GiB|TiB|PiB)";
const std::string bits = "(([kKMGT]|Ki|Mi|Gi|Ti)?bit)";
const std::string clock_time = R"(([01]\d|2[0-3]):[0-5]\d)";
const std::string day = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)";

std::string whole(const std::string& pattern) { return "^ *(" + pattern + ") *$"; }

// Units from the largest down, each at most once.
std::string amounts(std::initializer_list<const char*> units) {
  std::string out;
  for (const char* unit : units) out += "(" + number + unit + ")?";
  return out;
}

std::string durations() {
  return R"((?=\d))" + amounts({"w", "d", "h", "m", "s", "ms", "us"}) + R"(|P(?=\d|T\d))" + amounts({"W", "D"}) + R"((T(?=\d))" +
         amounts({"H", "M", "S"}) + ")?";
}

}  // namespace

std::string name() { return "^(?!x-)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$"; }
std::string duration() { return whole(durations()); }
std::string positive_duration() { return "^(?=.*[1-9]) *(" + durations() + ") *$"; }
std::string size() { return whole(number + " *" + bytes); }
std::string rate() { return "^(?=[^a-zA-Z]*[1-9]) *" + number + " *(" + bytes + "|" + bits + ")/[dhms] *$"; }
std::string frequency() { return whole(number + " */ *(year|yr?|month|week|w|day|d|hour|h|minute|min|m|second|sec|s)"); }
std::string money_per_year(bool may_be_negative) { return (may_be_negative ? "^-? *(" : "^ *(") + number + " */(year|month)) *$"; }
std::string probability() { return whole(R"((0|[1-9]\d?)(\.\d+)? *%|100(\.0+)? *%|0(\.\d+)?|1(\.0+)?)"); }
std::string confidence() { return R"(^(?=.*[1-9]) *((0|[1-9]\d?)(\.\d+)? *%|0\.\d+) *$)"; }
std::string opening_hours() {
  const std::string days = " *" + day + "(-" + day + ")? *";
  return "^(" + days + "(," + days + ")* )?" + clock_time + "-(" + clock_time + "|24:00)$";
}
std::string onset() {
  return "^(" + day + " " + clock_time + R"(|\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[T ])" + clock_time + R"((:[0-5]\d)?Z?)$)";
}
std::string text() { return R"(^[^\u0000-\u0008\u000b-\u001f\u007f]*$)"; }

}  // namespace muster::patterns
