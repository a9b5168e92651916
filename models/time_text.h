#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "models/calendar.h"

/// Instants as all kinds of programs write them.
namespace muster {

/// Nanoseconds since 1970-01-01T00:00Z of a text, from 1678 to 2261. Understood are
/// - ISO 8601 and RFC 3339: 2017-03-01, 2017-03-01 14:05, 2017-03-01T14:05:09.25Z, …+01:00, …-0800, 20170301T140509Z; a comma before
///   the fraction, a space before the offset, and "UTC" or "GMT" for it;
/// - RFC 2822: [Wed, ] 1 Mar 2017 14:05[:09] +0100 (or GMT, UT, UTC, Z, EST, EDT, CST, CDT, MST, MDT, PST, PDT), and month before day:
///   Mar 1, 2017 14:05 [PST];
/// - a plain number: seconds since 1970, from 1e11 on milliseconds, from 1e14 microseconds, from 1e17 nanoseconds.
/// A time without an offset is of `zone`. Anything else takes a format. Throws std::invalid_argument with what was expected; 03/04/2017
/// is told to be in need of a format.
std::int64_t parse_time(std::string_view text, const Zone& zone);

/// The same by a format as of strptime: %Y %y (70 to 99: 19..) %m %d %H %I %p %M %S (with a fraction, where there is one) %b %B %a %A
/// %z (+01:00, -0800, Z, or a name as above) %s (seconds since 1970) %%; other characters mean themselves, a space any number of
/// spaces. "epoch" and "epoch-ms" are formats too: a plain number. Month, day and year must be there, unless it is an epoch.
std::int64_t parse_time(std::string_view text, std::string_view format, const Zone& zone);
/// Throws std::invalid_argument where it is no format.
void check_time_format(std::string_view format);

}  // namespace muster
