#pragma once
#include <string>
#include <vector>

#include "models/board_report.h"
#include "reports/markup.h"
#include "reports/page_table.h"

/// What a board decides by: what small changes would do, what a study recommends, and what the next years cost.
namespace muster {

/// What moves the quantile of the recovery that is worst off, and where its spread comes from. Nothing where none was asked for.
void add_sensitivity(Markup& page, const OutageResult& outage, const std::string& id);
/// The recommendation, the frontier, heat maps and all variants. Nothing without a study.
void add_study(Markup& page, const BoardReport& report);
/// Availability, what is missed, costs and the loss-exceedance curve. Nothing without a forecast.
void add_forecast(Markup& page, const BoardReport& report);

PageTable lever_table(const OutageResult& outage);
PageTable factor_table(const OutageResult& outage);
PageTable variant_table(const StudyResult& study, bool frontier_only);
/// By service: how far today's plan and the recommended one fall short, and what keeps all its objectives at the least cost.
PageTable better_table(const Scenario& scenario, const StudyResult& study);
std::vector<PageTable> heat_tables(const StudyResult& study);
PageTable forecast_table(const ForecastResult& forecast);
PageTable exceedance_table(const ForecastResult& forecast, const std::string& currency);

}  // namespace muster
