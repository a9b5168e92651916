#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "app/adoption.h"
#include "app/commands.h"
#include "app/evidence_folder.h"
#include "app/output.h"
#include "app/programme_history.h"
#include "exercise/ledger.h"
#include "exercise/programme/demands.h"
#include "exercise/programme/windows.h"
#include "models/document.h"
#include "models/exercise_record.h"
#include "models/fingerprint.h"
#include "models/load_calibration.h"
#include "models/load_programme.h"
#include "models/load_schedule.h"
#include "models/moments.h"
#include "models/units.h"
#include "reports/after_action.h"
#include "reports/evidence.h"
#include "reports/exercise_json.h"
#include "reports/schedule_json.h"
#include "reports/schedule_text.h"

/// What auditors ask for of exercises, as a folder.
namespace muster {
namespace {

constexpr std::size_t largest = 64u << 20;  // bytes of one file that is taken in

Day date_option(const Arguments& arguments, const std::string& option) {
  if (!arguments.has(option)) throw UsageError("--" + option + " is missing; expected a date such as 2027-03-31");
  try {
    return parse_date(arguments.value(option));
  } catch (const std::invalid_argument& wrong) {
    throw UsageError("--" + option + ": " + wrong.what());
  }
}

std::string base_name(const std::string& path) { return safe_name(std::filesystem::path(path).filename().string()); }

class Gathering {
 public:
  explicit Gathering(const Arguments& arguments) : arguments_(arguments) {
    pack_.from = date_option(arguments, "from");
    pack_.to = date_option(arguments, "to");
    if (pack_.to < pack_.from) throw UsageError("--to is before --from");
    pack_.program = MUSTER_VERSION;
    pack_.is_signed = arguments.has("sign");
  }

  std::map<std::string, std::string> gather() {
    for (const std::string& path : arguments_.all("scenario")) add_plan(path);
    if (arguments_.has("programme")) add_programme(arguments_.value("programme"));
    add_ledger();
    for (const std::string& path : arguments_.all("calibration")) add_calibration(path);
    std::stable_sort(pack_.calibrations.begin(), pack_.calibrations.end(), [](const EvidenceCalibration& a, const EvidenceCalibration& b) { return a.as_of < b.as_of; });
    files_["evidence.json"] = evidence_json(pack_);
    files_["index.html"] = evidence_page(pack_);
    return std::move(files_);
  }

 private:
  // Two files of one name keep apart by a number; the same bytes are there once.
  std::string add_file(const std::string& folder, const std::string& path, const std::string& bytes) {
    const std::string base = base_name(path);
    for (int number = 1;; ++number) {
      const std::string name = folder + (number == 1 ? "" : std::to_string(number) + "-") + base;
      const auto [at, fresh] = files_.try_emplace(name, bytes);
      if (fresh || at->second == bytes) return name;
    }
  }

  void add_plan(const std::string& path) {
    const Loaded loaded = load_scenario(path);
    const Scenario& scenario = loaded.scenario;
    EvidencePlan plan;
    const std::string bytes = read_file(path, largest);
    plan.path = add_file("plans/", path, bytes);
    for (const EvidencePlan& other : pack_.plans)
      if (other.path == plan.path) return;
    plan.title = scenario.title;
    const DocumentControl& control = scenario.document;
    plan.version = control.version;
    plan.owner = control.owner;
    plan.approved_by = control.approved_by;
    plan.approved_on = control.approved_on;
    plan.review_by = control.review_by;
    plan.file_sha256 = sha256_hex(bytes);
    plan.sha256 = scenario.sha256;
    for (const Service& service : scenario.services) {
      if (!service.objective) continue;
      const Objective& objective = *service.objective;
      std::string words = service.name + ":";
      if (objective.rto) words += " RTO " + human_duration(*objective.rto);
      if (objective.rpo) words += std::string(objective.rto ? "," : "") + " RPO " + human_duration(*objective.rpo);
      plan.objectives.push_back(words + " in " + human_percent(objective.confidence));
    }
    pack_.plans.push_back(std::move(plan));
  }

  void add_programme(const std::string& path) {
    const LoadedProgramme loaded = load_programme(path, trouble_with_calendar);
    pack_.programme_path = add_file("programme/", path, read_file(path, largest));
    for (const Scenario& scenario : loaded.scenarios) add_plan(scenario.file);
    std::vector<Appointment> announced;
    if (arguments_.has("plan")) {
      announced = load_announced(arguments_.value("plan"), loaded.programme);
      add_file("programme/", arguments_.value("plan"), read_file(arguments_.value("plan"), largest));
    }
    const ProgrammeHistory history = programme_history(loaded.programme);
    std::vector<ExerciseWorth> worth(loaded.programme.exercises.size());
    for (std::size_t i = 0; i < worth.size(); ++i)
      for (const Held& held : history.held[i])
        if (held.day <= pack_.to) worth[i].held.push_back(held);
    pack_.programme = programme_status(loaded.programme, worth, announced, pack_.to);
    files_["programme/status.json"] = programme_status_json(*pack_.programme, MUSTER_VERSION);
    files_["programme/status.txt"] = programme_status_text(*pack_.programme, {});
  }

  void add_calibration(const std::string& path) {
    const std::string bytes = read_file(path, largest);
    const Calibration calibration = parse_calibration(bytes, path);
    EvidenceCalibration one{add_file("calibration/", path, bytes), calibration.title, calibration.sha256, calibration.as_of, 0, {}};
    for (const CalibratedItem& item : calibration.items) {
      one.observations += item.observations;
      if (item.drifted()) one.drifted.push_back(title_of(item));
    }
    pack_.calibrations.push_back(std::move(one));
  }

  void add_ledger() {
    std::vector<Action> all;
    if (std::filesystem::exists(ledger_file())) {
      mark_the_dead();
      const Ledger ledger(ledger_file(), true);
      const std::string broken = ledger.check_chain();
      if (!broken.empty()) throw LedgerTrouble("the ledger " + ledger_file() + " was tampered with or is damaged: " + broken + "; no evidence is made of it");
      pack_.ledger_head = ledger.head();
      all = ledger.actions(true);
      for (const ExerciseLine& line : ledger.exercises()) add_exercise(ledger, line, all);
    }
    const std::string first = date_text(pack_.from), last = date_text(pack_.to);
    for (Action action : all) {
      if (action.opened > last || (!action.closed.empty() && action.closed < first)) continue;
      if (action.closed > last) action.closed = action.closed_by = action.note = "";  // as it stood then
      pack_.actions.push_back(action);
    }
    files_["actions.json"] = actions_json(pack_.actions, last, MUSTER_VERSION);
  }

  void add_exercise(const Ledger& ledger, const ExerciseLine& line, const std::vector<Action>& actions) {
    const Day began = parse_date(utc_date(line.began));
    if (began < pack_.from || began > pack_.to) return;
    const std::vector<Happening> happenings = ledger.happenings(line.id);
    const ExerciseRecord record = record_of(line.id, happenings);
    const std::string folder = "exercises/" + safe_name(line.id) + "/", today = date_text(pack_.to);
    files_[folder + "after-action.md"] = after_action_markdown(record, actions, today, MUSTER_VERSION, pack_.ledger_head);
    files_[folder + "after-action.json"] = after_action_json(record, actions, today, MUSTER_VERSION);
    files_[folder + "happenings.json"] = happenings_json(line.id, happenings, MUSTER_VERSION);
    pack_.exercises.push_back({line, record.plan.kind, record.plan.scenario_sha256, folder});
  }

  const Arguments& arguments_;
  EvidencePack pack_;
  std::map<std::string, std::string> files_;
};

}  // namespace

Command evidence_options() {
  return {"evidence",
          "Gathers what auditors ask for of exercises into a folder: plans, programme, after-action reports, actions, objectives and results, "
          "calibrations, a page that leads through them, and a manifest of hashes, signed if a key is given. It is verified without Muster; "
          "the page says how.",
          "",
          {{"from", "DATE", "the first day (UTC), such as 2027-01-01"},
           {"to", "DATE", "the last day; things are told as they stood on it"},
           {"out", "DIR", "the folder, which is made; one with something in it is refused"},
           {"programme", "FILE", "the exercise programme, with the plans of its exercises"},
           {"plan", "FILE", "what `muster schedule --json` wrote of it"},
           {"scenario", "FILE", "a plan; may be repeated", true},
           {"calibration", "FILE", "a calibration; may be repeated", true},
           {"sign", "KEY", "sign the manifest with this OpenSSH key; a public key's file where an agent has the private one"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster evidence --from 2027-01-01 --to 2027-03-31 --out q1 \\\n"
          "      --programme programme.yaml --sign ~/.ssh/id_ed25519\n"};
}

ExitCode evidence_command(const Arguments& arguments) {
  if (!arguments.has("out")) throw UsageError("--out is missing; expected a folder to make");
  if (arguments.has("plan") && !arguments.has("programme")) throw UsageError("--plan goes with --programme");
  Gathering gathering(arguments);
  const std::string folder = arguments.value("out");
  try {
    require_free(folder);
  } catch (const OutputFailure& taken) {
    print_error("muster evidence: " + std::string(taken.what()) + "\n");
    return ExitCode::precondition;
  }
  const std::map<std::string, std::string> files = gathering.gather();
  write_evidence(folder, files, arguments.value("sign"));
  std::string out = folder + ": " + std::to_string(files.size()) + " files. To verify it, in that folder:\n";
  for (const VerifyLine& line : verify_lines(arguments.has("sign"))) out += "  " + line.line + "\n";
  print(out);
  return ExitCode::done;
}

}  // namespace muster
