#include "models/time_text.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "models/wording.h"

namespace muster {
namespace {

constexpr const char* months[] = {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"};
constexpr const char* weekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
struct NamedOffset {
  const char* name;
  int hours;
};
// RFC 2822, 4.3. Other names of zones mean different things in different places.
constexpr NamedOffset named_offsets[] = {{"utc", 0}, {"gmt", 0}, {"ut", 0}, {"z", 0}, {"est", -5}, {"edt", -4}, {"cst", -6}, {"cdt", -5}, {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}};

struct Wrong {};  ///< the text is none of this kind

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// What was read so far of an instant.
struct Fields {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::int64_t nanosecond = 0;
  std::optional<int> offset;  ///< seconds east of Greenwich
  std::optional<bool> afternoon;
};

struct Reader {
  std::string_view rest;

  bool done() const { return rest.empty(); }
  char next() const { return rest.empty() ? '\0' : rest.front(); }
  void drop(std::size_t n = 1) { rest.remove_prefix(n); }
  bool skip(char c) {
    if (next() != c) return false;
    drop();
    return true;
  }
  void expect(char c) {
    if (!skip(c)) throw Wrong();
  }
  void spaces() {
    while (next() == ' ' || next() == '\t') drop();
  }
  int number(std::size_t least, std::size_t most) {
    std::size_t n = 0;
    int out = 0;
    for (; n < most && n < rest.size() && digit(rest[n]); ++n) out = 10 * out + (rest[n] - '0');
    if (n < least) throw Wrong();
    drop(n);
    return out;
  }
  std::string word() {
    std::string out;
    while (letter(next())) {
      out += lower(next());
      drop();
    }
    return out;
  }
  std::size_t digits() const {
    std::size_t n = 0;
    while (n < rest.size() && digit(rest[n])) ++n;
    return n;
  }
};

template <std::size_t n>
int place_of(const char* const (&names)[n], const std::string& word) {
  for (std::size_t i = 0; i < n; ++i)
    if (word.size() >= 3 && std::string_view(names[i]).starts_with(word)) return static_cast<int>(i) + 1;
  if (word == "sept" && n == 12) return 9;
  throw Wrong();
}

void read_fraction(Reader& in, Fields& f) {
  if ((in.next() != '.' && in.next() != ',') || in.rest.size() < 2 || !digit(in.rest[1])) return;
  in.drop();
  std::int64_t unit = 100'000'000;
  for (; digit(in.next()); in.drop(), unit /= 10) f.nanosecond += unit * (in.next() - '0');
}

void read_offset(Reader& in, Fields& f) {
  if (letter(in.next())) {
    const std::string word = in.word();
    for (const NamedOffset& one : named_offsets)
      if (word == one.name) {
        f.offset = 3600 * one.hours;
        return;
      }
    throw Wrong();
  }
  const bool west = in.next() == '-';
  if (!west && in.next() != '+') throw Wrong();
  in.drop();
  const int hours = in.number(2, 2);
  in.skip(':');
  const int minutes = digit(in.next()) ? in.number(2, 2) : 0;
  if (hours > 23 || minutes > 59) throw Wrong();
  f.offset = (west ? -1 : 1) * (3600 * hours + 60 * minutes);
}

void read_clock(Reader& in, Fields& f) {
  f.hour = in.number(1, 2);
  in.expect(':');
  f.minute = in.number(2, 2);
  if (in.skip(':')) {
    f.second = in.number(2, 2);
    read_fraction(in, f);
  }
}

void read_rest(Reader& in, Fields& f) {
  in.spaces();
  if (!in.done()) read_offset(in, f);
  in.spaces();
  if (!in.done()) throw Wrong();
}

Fields iso(std::string_view text) {
  Reader in{text};
  Fields f;
  f.year = in.number(4, 4);
  const bool extended = in.skip('-');
  f.month = in.number(2, 2);
  if (extended) in.expect('-');
  f.day = in.number(2, 2);
  if (in.done()) return f;
  if (!in.skip('T') && !in.skip('t')) {
    if (in.next() != ' ') throw Wrong();
    in.spaces();
  }
  if (in.digits() >= 4) {
    f.hour = in.number(2, 2);
    f.minute = in.number(2, 2);
    if (digit(in.next())) f.second = in.number(2, 2);
    read_fraction(in, f);
  } else {
    read_clock(in, f);
  }
  read_rest(in, f);
  return f;
}

Fields mail(std::string_view text) {
  Reader in{text};
  Fields f;
  std::string word = in.word();
  if (!word.empty() && (in.next() == ',' || in.next() == ' ')) {
    bool weekday = true;
    try {
      place_of(weekdays, word);
    } catch (const Wrong&) {
      weekday = false;
    }
    if (weekday) {
      in.skip(',');
      in.spaces();
      word = in.word();
    }
  }
  if (!word.empty()) {  // Mar 1, 2017
    f.month = place_of(months, word);
    in.skip('.');
    in.spaces();
    f.day = in.number(1, 2);
    in.skip(',');
  } else {
    f.day = in.number(1, 2);
    in.spaces();
    in.skip('-');
    f.month = place_of(months, in.word());
    in.skip('.');
    in.skip('-');
  }
  in.spaces();
  f.year = in.number(4, 4);
  in.skip(',');
  in.spaces();
  if (in.done()) return f;
  read_clock(in, f);
  read_rest(in, f);
  return f;
}

std::int64_t instant_of(const Fields& f, std::string_view text, const Zone& zone) {
  using namespace std::chrono;
  const year_month_day date{year(f.year), month(static_cast<unsigned>(f.month)), day(static_cast<unsigned>(f.day))};
  const bool last_second = f.second == 60;  // a leap second is the next minute's first
  if (!date.ok() || f.hour > 24 || (f.hour == 24 && (f.minute || f.second)) || f.minute > 59 || f.second > 60)
    throw std::invalid_argument(in_quotes(text) + " is no date and time that there is");
  if (f.year < 1678 || f.year > 2261) throw std::invalid_argument(in_quotes(text) + " is out of range: from 1678 to 2261");
  const std::int64_t local = sys_days(date).time_since_epoch().count() * 86400LL + f.hour * 3600 + f.minute * 60 + (last_second ? 60 : f.second);
  const std::int64_t seconds = f.offset ? local - *f.offset : static_cast<std::int64_t>(std::floor(zone.from_local(local)));
  return seconds * 1'000'000'000 + f.nanosecond;
}

// Whole and fraction apart, so that nanoseconds survive.
std::optional<std::int64_t> epoch(std::string_view text, std::int64_t unit_ns) {
  const bool minus = !text.empty() && text.front() == '-';
  if (minus) text.remove_prefix(1);
  const auto point = text.find('.');
  const std::string_view whole = text.substr(0, point), fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (whole.empty() || error != std::errc() || end != whole.data() + whole.size() || !digit(whole.front())) return {};
  if (unit_ns == 0) unit_ns = value < 100'000'000'000 ? 1'000'000'000 : value < 100'000'000'000'000 ? 1'000'000 : value < 100'000'000'000'000'000 ? 1000 : 1;
  if (value > INT64_MAX / unit_ns - 1) throw std::invalid_argument(in_quotes(text) + " is out of range: from 1678 to 2261");
  std::int64_t out = value * unit_ns, step = unit_ns;
  for (const char c : fraction) {
    if (!digit(c)) return {};
    out += (step /= 10) * (c - '0');
  }
  return minus ? -out : out;
}

bool has_slashes(std::string_view text) {
  Reader in{text};
  try {
    in.number(1, 4);
    const char c = in.next();
    if (c != '/' && c != '.') return false;
    in.drop();
    in.number(1, 2);
    return in.next() == c;
  } catch (const Wrong&) {
    return false;
  }
}

std::string_view bare(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

void read_by(char what, Reader& in, Fields& f, std::optional<std::int64_t>& since_1970) {
  switch (what) {
    case 'Y': f.year = in.number(4, 4); return;
    case 'y': f.year = in.number(2, 2), f.year += f.year < 70 ? 2000 : 1900; return;
    case 'm': f.month = in.number(1, 2); return;
    case 'd': f.day = in.number(1, 2); return;
    case 'H': f.hour = in.number(1, 2); return;
    case 'I':
      f.hour = in.number(1, 2);
      if (f.hour < 1 || f.hour > 12) throw Wrong();
      return;
    case 'M': f.minute = in.number(1, 2); return;
    case 'S':
      f.second = in.number(1, 2);
      read_fraction(in, f);
      return;
    case 'p': {
      const std::string word = in.word();
      if (word != "am" && word != "pm") throw Wrong();
      f.afternoon = word == "pm";
      return;
    }
    case 'b':
    case 'B': f.month = place_of(months, in.word()); return;
    case 'a':
    case 'A': place_of(weekdays, in.word()); return;
    case 'z': read_offset(in, f); return;
    case 's': {
      std::size_t n = in.next() == '-' ? 1 : 0;
      while (n < in.rest.size() && (digit(in.rest[n]) || in.rest[n] == '.')) ++n;
      since_1970 = epoch(in.rest.substr(0, n), 1'000'000'000);
      if (!since_1970) throw Wrong();
      in.drop(n);
      return;
    }
    default: throw std::invalid_argument("the format has %" + std::string(1, what) + "; known are %Y %y %m %d %H %I %p %M %S %b %B %a %A %z %s %%");
  }
}

}  // namespace

std::int64_t parse_time(std::string_view given, const Zone& zone) {
  const std::string_view text = bare(given);
  if (text.size() > 100) throw std::invalid_argument(in_quotes(text) + " is no time");
  // Eight digits are a date: so early a second, with no zero at its front, is nobody's.
  const bool compact_date = text.size() == 8 && Reader{text}.digits() == 8 && (text.starts_with("19") || text.starts_with("20"));
  if (!compact_date)
    if (const auto number = epoch(text, 0)) return *number;
  for (const auto kind : {iso, mail}) {
    Fields f;
    try {
      f = kind(text);
    } catch (const Wrong&) {
      continue;
    }
    return instant_of(f, text, zone);
  }
  if (has_slashes(text)) throw std::invalid_argument(in_quotes(text) + " may mean several days: say its format, such as \"%m/%d/%Y %H:%M\" or \"%d.%m.%Y %H:%M\"");
  throw std::invalid_argument(in_quotes(text) + " is no time that is known; expected one such as 2017-03-01 14:05, 2017-03-01T14:05:00Z or seconds since 1970, or say its format");
}

std::int64_t parse_time(std::string_view given, std::string_view format, const Zone& zone) {
  const std::string_view text = bare(given);
  const auto wrong = [&] { return std::invalid_argument(in_quotes(text) + " is not written as " + in_quotes(format)); };
  if (format == "epoch" || format == "epoch-ms") {
    const auto number = epoch(text, format == "epoch" ? 1'000'000'000 : 1'000'000);
    if (!number) throw wrong();
    return *number;
  }
  Reader in{text};
  Fields f;
  std::optional<std::int64_t> since_1970;
  try {
    for (std::size_t i = 0; i < format.size(); ++i) {
      if (format[i] == ' ')
        in.spaces();
      else if (format[i] == '%' && i + 1 < format.size() && format[i + 1] != '%')
        read_by(format[++i], in, f, since_1970);
      else
        in.expect(format[i] == '%' ? format[++i] : format[i]);
    }
    if (!in.done()) throw Wrong();
  } catch (const Wrong&) {
    throw wrong();
  }
  if (since_1970) return *since_1970;
  if (f.afternoon) f.hour = f.hour % 12 + (*f.afternoon ? 12 : 0);
  return instant_of(f, text, zone);
}

void check_time_format(std::string_view format) {
  if (format == "epoch" || format == "epoch-ms") return;
  bool year = false, month = false, day = false, whole = false;
  for (std::size_t i = 0; i + 1 < format.size(); ++i) {
    if (format[i] != '%') continue;
    const char c = format[++i];
    year |= c == 'Y' || c == 'y';
    month |= c == 'm' || c == 'b' || c == 'B';
    day |= c == 'd';
    whole |= c == 's';
    if (std::string_view("YymdHIpMSbBaAzs%").find(c) == std::string_view::npos)
      throw std::invalid_argument("the format has %" + std::string(1, c) + "; known are %Y %y %m %d %H %I %p %M %S %b %B %a %A %z %s %%");
  }
  if (!whole && !(year && month && day)) throw std::invalid_argument("the format " + in_quotes(format) + " gives no day: it takes %Y, %m and %d (or %s, \"epoch\", \"epoch-ms\")");
}

}  // namespace muster
