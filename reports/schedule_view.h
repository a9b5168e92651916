#pragma once
#include <string>
#include <vector>

#include "models/schedule.h"
#include "reports/page_table.h"

/// What a programme's documents say in the same words. Times are in the programme's zone.
namespace muster {

std::string local_day(const Programme& programme, Instant at);     ///< "Mon 18 Jan"
std::string local_date(const Programme& programme, Instant at);    ///< "2027-01-18"
std::string local_clock(const Programme& programme, Instant at);   ///< "09:00"
/// "09:00-12:30"; the day too where it ends on another: "22:00-Tue 19 Jan 04:00".
std::string local_hours(const Programme& programme, const Appointment& appointment);
std::string utc_iso(Instant at);                                   ///< "2027-01-18T08:00:00Z"

std::string people_text(const Appointment& appointment);           ///< "ann (engineer), bob"
std::string horizon_text(const Programme& programme);              ///< "2027-Q1 to 2027-Q2"
/// What was achieved in a sentence, or that nothing was.
std::string schedule_sentence(const Schedule& schedule);
/// The appointments that take place, by quarter; without what was cancelled.
std::vector<const Appointment*> taking_place(const Schedule& schedule, Quarter quarter);
/// By what a demand is met: "Mon 18 Jan failover", "exercise 2026-…", "not met".
std::string met_by(const Schedule& schedule, const Demand& demand);
std::string times_text(int times, const std::string& what);        ///< "1 exercise", "3 exercises"

PageTable appointment_table(const Schedule& schedule, Quarter quarter);
PageTable worth_table(const Schedule& schedule);
PageTable coverage_table(const Schedule& schedule);
PageTable attendance_table(const Schedule& schedule);              ///< each person's exercises, by quarter
PageTable rule_table(const std::vector<ProgrammeRule>& rules, const std::string& caption);

inline constexpr const char* worth_note =
    "p90: how long the plan takes in 9 of 10 replications; spread: p90 less p50 of the recovery; teaches: by how much one more exercise "
    "is expected to narrow it.";

}  // namespace muster
