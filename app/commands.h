#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/exit_codes.h"
#include "models/calibration.h"
#include "models/load.h"

/// The commands of muster. Each takes the words after its name, does its work and says how it ended; it
/// throws UsageError, InvalidInput, OutputFailure, Refused and LedgerTrouble, which main() reports.
namespace muster {

Command check_options();
ExitCode check_command(const Arguments& arguments);

Command simulate_options();
ExitCode simulate_command(const Arguments& arguments);

Command forecast_options();
ExitCode forecast_command(const Arguments& arguments);

Command what_if_options();
ExitCode what_if_command(const Arguments& arguments);

Command targets_options();
ExitCode targets_command(const Arguments& arguments);

Command explain_options();
ExitCode explain_command(const Arguments& arguments);

Command init_options();
ExitCode init_command(const Arguments& arguments);

Command merge_options();
ExitCode merge_command(const Arguments& arguments);

Command report_options();
ExitCode report_command(const Arguments& arguments);

Command exercise_check_options();
ExitCode exercise_check_command(const Arguments& arguments);

Command exercise_run_options();
ExitCode exercise_run_command(const Arguments& arguments);
Command exercise_status_options();
ExitCode exercise_status_command(const Arguments& arguments);
Command exercise_ack_options();
ExitCode exercise_ack_command(const Arguments& arguments);
Command exercise_abort_options();
ExitCode exercise_abort_command(const Arguments& arguments);
Command exercise_recover_options();
ExitCode exercise_recover_command(const Arguments& arguments);
Command exercise_report_options();
ExitCode exercise_report_command(const Arguments& arguments);
Command incident_run_options();
ExitCode incident_run_command(const Arguments& arguments);
Command incident_ack_options();
Command halt_options();
ExitCode halt_command(const Arguments& arguments);
Command proxy_options();
ExitCode proxy_command(const Arguments& arguments);
Command history_options();
ExitCode history_command(const Arguments& arguments);
Command history_show_options();
ExitCode history_show_command(const Arguments& arguments);
Command actions_add_options();
ExitCode actions_add_command(const Arguments& arguments);
Command actions_list_options();
ExitCode actions_list_command(const Arguments& arguments);
Command actions_close_options();
ExitCode actions_close_command(const Arguments& arguments);
Command incident_add_options();
ExitCode incident_add_command(const Arguments& arguments);
Command incident_list_options();
ExitCode incident_list_command(const Arguments& arguments);
Command observe_import_options();
ExitCode observe_import_command(const Arguments& arguments);
Command observe_list_options();
ExitCode observe_list_command(const Arguments& arguments);
Command observe_export_options();
ExitCode observe_export_command(const Arguments& arguments);
Command fit_options();
ExitCode fit_command(const Arguments& arguments);
Command schedule_options();
ExitCode schedule_command(const Arguments& arguments);
Command schedule_status_options();
ExitCode schedule_status_command(const Arguments& arguments);
Command endpoints_options();
ExitCode endpoints_command(const Arguments& arguments);
Command evidence_options();
ExitCode evidence_command(const Arguments& arguments);

Command agent_run_options();
ExitCode agent_run_command(const Arguments& arguments);
Command agent_status_options();
ExitCode agent_status_command(const Arguments& arguments);
Command agent_pki_init_options();
ExitCode agent_pki_init_command(const Arguments& arguments);
Command agent_pki_issue_options();
ExitCode agent_pki_issue_command(const Arguments& arguments);
Command agent_pki_revoke_options();
ExitCode agent_pki_revoke_command(const Arguments& arguments);
Command agent_pki_list_options();
ExitCode agent_pki_list_command(const Arguments& arguments);

Command calibrate_options();
ExitCode calibrate_command(const Arguments& arguments);

/// Of every --set, in order. Throws UsageError.
std::vector<Setting> settings_in(const Arguments& arguments);
/// Loads the scenario with every --set and the --calibration; warnings go to the standard error. What a --set changes is not calibrated.
Loaded load_with_settings(const std::string& path, const Arguments& arguments);
/// The --calibration for the scenario as that file says it; null without one. Warnings go to the standard error.
std::shared_ptr<const Calibration> calibration_for(const std::string& path, const Arguments& arguments);
/// The same from names and bytes: the scenario first, the calibration last. `folder` has the scenario's tables.
std::shared_ptr<const Calibration> calibration_in(const std::vector<std::pair<std::string, std::string>>& files, const std::string& folder, const Arguments& arguments);
/// Throws UsageError, with the nearest, where `name` is none of the known ones; `kind` is "outage" or
/// "service".
void require_known(const std::string& option, const std::string& kind, const std::string& name,
                   const std::vector<std::string>& known);
std::vector<std::string> outage_names(const Scenario& scenario);

/// Options that several commands have.
Option set_option();
Option calibration_option();
Option seed_option();
Option threads_option();
Option by_option();
/// Who does it: --by, else the user who asked for root's rights, else the user.
std::string person_of(const Arguments& arguments);
int threads_of(const Arguments& arguments);

}  // namespace muster
