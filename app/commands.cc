#include "app/commands.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "app/option_values.h"
#include "app/output.h"
#include "models/load_calibration.h"
#include "models/wording.h"

namespace muster {

std::vector<Setting> settings_in(const Arguments& arguments) {
  std::vector<Setting> settings;
  for (const std::string& text : arguments.all("set")) settings.push_back(setting_value("set", text));
  return settings;
}

Loaded load_with_settings(const std::string& path, const Arguments& arguments) {
  Loaded loaded = load_scenario(path, settings_in(arguments));
  for (const Problem& warning : loaded.warnings) print_error(warning.text() + "\n");
  if (const auto calibration = calibration_for(path, arguments)) apply(*calibration, loaded.scenario);
  return loaded;
}

namespace {

std::shared_ptr<const Calibration> told(LoadedCalibration loaded) {
  for (const Problem& warning : loaded.warnings) print_error(warning.text() + "\n");
  return std::make_shared<const Calibration>(std::move(loaded.calibration));
}

}  // namespace

std::shared_ptr<const Calibration> calibration_for(const std::string& path, const Arguments& arguments) {
  if (!arguments.has("calibration")) return {};
  for (const char* written : {"json", "samples", "html", "pdf", "md", "csv"})
    if (arguments.has(written) && same_file(arguments.value(written), arguments.value("calibration")))
      throw UsageError(std::string("--") + written + " would write over " + arguments.value("calibration"));
  return told(load_calibration(arguments.value("calibration"), load_scenario(path).scenario));
}

std::shared_ptr<const Calibration> calibration_in(const std::vector<std::pair<std::string, std::string>>& files, const std::string& folder, const Arguments& arguments) {
  if (!arguments.has("calibration")) return {};
  const auto& [name, text] = files.back();
  return told(parse_calibration(text, name, parse_scenario(files.front().second, files.front().first, folder).scenario));
}

void require_known(const std::string& option, const std::string& kind, const std::string& name,
                   const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  std::string hint = did_you_mean(name, known);
  if (hint.empty() && !known.empty() && known.size() <= 12) hint = "; there is " + listed(known, "and");
  throw UsageError("--" + option + ": the scenario has no " + kind + " " + in_quotes(name) + hint);
}

std::vector<std::string> outage_names(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const Outage& outage : scenario.outages) names.push_back(outage.name);
  return names;
}

Option set_option() {
  return {"set", "POINTER=VALUE",
          "set a value of the scenario first, by JSON pointer: /roles/engineer/count=6", true};
}
Option calibration_option() {
  return {"calibration", "FILE", "with what was learned of the scenario, as muster calibrate wrote it"};
}
Option seed_option() { return {"seed", "N", "other random draws (1)"}; }
Option threads_option() {
  return {"threads", "N", "threads to use (all cores); the result does not depend on it"};
}

Option by_option() { return {"by", "NAME", "who does it, for the record (the user's name)"}; }

std::string person_of(const Arguments& arguments) {
  if (arguments.has("by")) return arguments.value("by");
  if (const char* asker = std::getenv("SUDO_USER"); asker && *asker) return asker;
  const passwd* user = ::getpwuid(::getuid());
  return user ? user->pw_name : std::to_string(::getuid());
}

int threads_of(const Arguments& arguments) {
  return arguments.has("threads")
             ? static_cast<int>(count_value("threads", arguments.value("threads"), 1, 1024))
             : 0;
}

}  // namespace muster
