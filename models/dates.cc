#include "models/dates.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "models/wording.h"

namespace muster {
namespace {

namespace ch = std::chrono;

constexpr std::array<const char*, 7> weekdays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<const char*, 5> ordinals{"1st", "2nd", "3rd", "4th", "last"};

[[noreturn]] void refuse(std::string_view text, const char* what) { throw std::invalid_argument(in_quotes(text) + " is no " + what); }

int digits(std::string_view text) {
  int value = 0;
  if (text.empty() || text.size() > 9) return -1;
  for (char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

template <std::size_t N>
int place_in(const std::array<const char*, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (word == words[i]) return static_cast<int>(i);
  return -1;
}

ch::year_month_day ymd(Day day) { return ch::year_month_day(ch::sys_days(ch::days(day))); }

Day number_of(ch::year_month_day date) { return static_cast<Day>(ch::sys_days(date).time_since_epoch().count()); }

ch::year_month_day ymd_of(int year, int month, int of_month) {
  return ch::year_month_day(ch::year(year), ch::month(static_cast<unsigned>(month)), ch::day(static_cast<unsigned>(of_month)));
}

}  // namespace

Day parse_date(std::string_view text) {
  constexpr const char* what = "date; expected such as 2027-03-31";
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') refuse(text, what);
  const int year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)), day = digits(text.substr(8));
  if (year < 0 || month < 1 || day < 1 || !ymd_of(year, month, day).ok()) refuse(text, "date of the calendar; expected such as 2027-03-31");
  if (year < 1970 || year > 2037) throw std::invalid_argument(in_quotes(text) + " is out of reach: time zones are known from 1970 to 2037");
  return number_of(ymd_of(year, month, day));
}

std::string date_text(Day day) {
  const auto date = ymd(day);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string short_date(Day day) {
  const auto date = ymd(day);
  return std::string(weekdays[static_cast<std::size_t>(weekday_of(day))]) + " " + (static_cast<unsigned>(date.day()) < 10 ? " " : "") +
         std::to_string(static_cast<unsigned>(date.day())) + " " + months[static_cast<unsigned>(date.month()) - 1];
}

Day day_of(int year, int month, int of_month) {
  auto date = ymd_of(year, month, of_month);
  if (!date.ok()) date = ch::year_month_day(ch::year(year) / ch::month(static_cast<unsigned>(month)) / ch::last);
  return number_of(date);
}

Date date_of(Day day) {
  const auto date = ymd(day);
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())), static_cast<int>(static_cast<unsigned>(date.day()))};
}

int weekday_of(Day day) { return ((day + 3) % 7 + 7) % 7; }  // 1970-01-01 was a Thursday
Day week_of(Day day) { return day - weekday_of(day); }

MonthDay parse_month_day(std::string_view text) {
  constexpr const char* what = "day of every year; expected such as 11-22";
  if (text.size() != 5 || text[2] != '-') refuse(text, what);
  const MonthDay out{digits(text.substr(0, 2)), digits(text.substr(3))};
  // In a leap year, so that the 29th of February is one.
  if (out.month < 1 || out.of_month < 1 || !ymd_of(2028, out.month, out.of_month).ok()) refuse(text, what);
  return out;
}

NthWeekday parse_nth_weekday(std::string_view text) {
  constexpr const char* what = "weekday of a month; expected such as 4th Thu of Nov or last Fri of Mar";
  const std::size_t first = text.find(' ');
  if (first == text.npos) refuse(text, what);
  const std::string_view rest = text.substr(first + 1);
  if (rest.size() != 10 || rest.substr(3, 4) != " of ") refuse(text, what);
  const int nth = place_in(ordinals, text.substr(0, first)), weekday = place_in(weekdays, rest.substr(0, 3)), month = place_in(months, rest.substr(7));
  if (nth < 0 || weekday < 0 || month < 0) refuse(text, what);
  return {nth + 1, weekday, month + 1};
}

Day day_of(const NthWeekday& which, int year) {
  if (which.nth == 5) {
    const Day last = day_of(year, which.month, 31);
    return last - (weekday_of(last) - which.weekday + 7) % 7;
  }
  const Day first = day_of(year, which.month, 1);
  return first + (which.weekday - weekday_of(first) + 7) % 7 + 7 * (which.nth - 1);
}

Quarter parse_quarter(std::string_view text) {
  const int year = text.size() == 7 ? digits(text.substr(0, 4)) : -1, of_year = text.size() == 7 ? digits(text.substr(6)) : -1;
  if (year < 1970 || year > 2036 || text[4] != '-' || text[5] != 'Q' || of_year < 1 || of_year > 4)
    refuse(text, "quarter from 1970 to 2036; expected such as 2027-Q1");
  return (year - 1970) * 4 + of_year - 1;
}

Quarter quarter_of(Day day) {
  const Date date = date_of(day);
  return (date.year - 1970) * 4 + (date.month - 1) / 3;
}

std::string quarter_text(Quarter quarter) { return std::to_string(1970 + quarter / 4) + "-Q" + std::to_string(quarter % 4 + 1); }
Day first_day(Quarter quarter) { return day_of(1970 + quarter / 4, quarter % 4 * 3 + 1, 1); }

Frequency parse_frequency_of_exercise(std::string_view text) {
  using Unit = Frequency::Unit;
  if (text == "month") return {Unit::month, 0};
  if (text == "quarter") return {Unit::quarter, 0};
  if (text == "half-year") return {Unit::half_year, 0};
  if (text == "year") return {Unit::year, 0};
  const int count = text.size() > 1 && text.size() < 6 && text[0] != '0' ? digits(text.substr(0, text.size() - 1)) : -1;
  if (count < 1 || (text.back() != 'd' && text.back() != 'w'))
    throw std::invalid_argument(in_quotes(text) + " says not how often; expected month, quarter, half-year, year, or at most so long apart, such as 90d or 6w");
  return {Unit::days, text.back() == 'w' ? 7 * count : count};
}

std::string frequency_text(const Frequency& every) {
  switch (every.unit) {
    case Frequency::Unit::month: return "each month";
    case Frequency::Unit::quarter: return "each quarter";
    case Frequency::Unit::half_year: return "each half-year";
    case Frequency::Unit::year: return "each year";
    case Frequency::Unit::days: break;
  }
  return "every " + std::to_string(every.days) + " days";
}

DatePeriod period_of(const Frequency& every, Day day) {
  const int length = every.unit == Frequency::Unit::month ? 1 : every.unit == Frequency::Unit::quarter ? 3 : every.unit == Frequency::Unit::half_year ? 6 : 12;
  const Date date = date_of(day);
  const int part = (date.month - 1) / length;
  const int last_month = (part + 1) * length;
  std::string name = std::to_string(date.year);
  if (length == 1) name += std::string("-") + (date.month < 10 ? "0" : "") + std::to_string(date.month);
  if (length == 3) name += "-Q" + std::to_string(part + 1);
  if (length == 6) name += "-H" + std::to_string(part + 1);
  return {day_of(date.year, part * length + 1, 1), day_of(date.year, last_month, 31), name};
}

}  // namespace muster
