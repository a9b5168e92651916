#pragma once
#include <string>
#include <string_view>

/// Days of the calendar, as whole days since 1970-01-01 (Gregorian), and its quarters. Pure and thread-safe.
namespace muster {

using Day = int;

/// "2026-11-23". From 1970 to 2037, as far as time zones are known. Throws std::invalid_argument with what was expected.
Day parse_date(std::string_view text);
std::string date_text(Day day);        ///< "2026-11-23"
std::string short_date(Day day);       ///< "Mon 23 Nov"
Day day_of(int year, int month, int of_month);  ///< of_month beyond the month's last: the last
struct Date {
  int year = 1970, month = 1, of_month = 1;
};
Date date_of(Day day);
int weekday_of(Day day);               ///< 0: Monday
Day week_of(Day day);                  ///< its Monday

/// A day of every year, "11-22". Throws std::invalid_argument.
struct MonthDay {
  int month = 1, of_month = 1;
  friend bool operator==(const MonthDay&, const MonthDay&) = default;
};
MonthDay parse_month_day(std::string_view text);

/// The n-th of a weekday in a month, "4th Thu of Nov", "last Fri of Mar". Throws std::invalid_argument.
struct NthWeekday {
  int nth = 1;                         ///< 1 to 4; 5: the last
  int weekday = 0;                     ///< 0: Monday
  int month = 1;
  friend bool operator==(const NthWeekday&, const NthWeekday&) = default;
};
NthWeekday parse_nth_weekday(std::string_view text);
Day day_of(const NthWeekday& which, int year);

/// A quarter of the calendar, counted from 1970-Q1 as 0.
using Quarter = int;
Quarter parse_quarter(std::string_view text);  ///< "2027-Q1". Throws std::invalid_argument
Quarter quarter_of(Day day);
std::string quarter_text(Quarter quarter);
Day first_day(Quarter quarter);

/// How often: once in each month, quarter, half or year of the calendar, or never longer than so many days apart.
struct Frequency {
  enum class Unit { month, quarter, half_year, year, days } unit = Unit::year;
  int days = 0;                        ///< of Unit::days
  friend bool operator==(const Frequency&, const Frequency&) = default;
};
Frequency parse_frequency_of_exercise(std::string_view text);  ///< "quarter", "90d", "6w". Throws std::invalid_argument
std::string frequency_text(const Frequency& every);            ///< "each quarter", "every 90 days"
/// The period of the calendar that the day lies in, both ends included, and its name ("2027-Q1", "2027"). Not of Unit::days.
struct DatePeriod {
  Day first = 0, last = 0;
  std::string name;
};
DatePeriod period_of(const Frequency& every, Day day);

}  // namespace muster
