#pragma once
#include <span>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/exit_codes.h"
#include "models/load.h"

/// The commands of muster. Each takes the words after its name, does its work and says how it ended; it
/// throws UsageError, InvalidInput and OutputFailure, which main() reports.
namespace muster {

Command check_options();
ExitCode check_command(const Arguments& arguments);

Command simulate_options();
ExitCode simulate_command(const Arguments& arguments);

Command forecast_options();
ExitCode forecast_command(const Arguments& arguments);

Command explain_options();
ExitCode explain_command(const Arguments& arguments);

Command init_options();
ExitCode init_command(const Arguments& arguments);

Command report_options();
ExitCode report_command(const Arguments& arguments);

/// Loads the scenario with every --set; warnings go to the standard error.
Loaded load_with_settings(const std::string& path, const Arguments& arguments);
/// Throws UsageError, with the nearest, where `name` is none of the known ones; `kind` is "outage" or
/// "service".
void require_known(const std::string& option, const std::string& kind, const std::string& name,
                   const std::vector<std::string>& known);
std::vector<std::string> outage_names(const Scenario& scenario);

/// Options that several commands have.
Option set_option();
Option seed_option();
Option threads_option();
int threads_of(const Arguments& arguments);

}  // namespace muster
