#pragma once
#include <string>

#include "models/board_report.h"
#include "reports/markup.h"

/// One outage on a board's page: verdicts, distributions, what decides it, what is lost.
namespace muster {

void add_outage(Markup& page, const BoardReport& report, std::size_t outage);

/// The id that a link to the outage names.
std::string outage_anchor(std::size_t outage);

}  // namespace muster
