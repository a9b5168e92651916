#include "reports/evidence.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "models/moments.h"
#include "models/units.h"
#include "reports/exercise_findings.h"
#include "reports/json_values.h"
#include "reports/markup.h"
#include "reports/page_frame.h"
#include "reports/phrases.h"
#include "reports/schedule_view.h"

namespace muster {
namespace {

using Kind = PageCell::Kind;
PageCell text(std::string words) { return {std::move(words), Kind::text}; }
PageCell name(std::string words) { return {std::move(words), Kind::name}; }

// Enough to compare by eye; a whole one would push everything else off the page.
std::string short_hash(const std::string& sha256) { return sha256.substr(0, 16); }

std::string span_text(const EvidencePack& pack) { return date_text(pack.from) + " to " + date_text(pack.to); }

std::string reached(const std::optional<double>& measured, const std::optional<double>& objective, bool known) {
  if (!known) return "not measured";
  const double actual = measured.value_or(never);
  std::string out = human_duration(actual);
  if (objective) out += " of " + human_duration(*objective) + (actual <= *objective ? " (met)" : " (missed)");
  return out;
}

std::string recovery_text(const ExerciseLine& line) {
  std::string out = reached(line.recovery ? line.recovery->rta : std::nullopt, line.objective_rto, line.recovery.has_value());
  return line.recovery && !line.recovery->valid ? out + ", not valid" : out;
}

std::string loss_text(const ExerciseLine& line) {
  return reached(line.canary ? line.canary->rpa : std::nullopt, line.objective_rpo, line.canary && line.canary->rpa);
}

PageTable plan_table(const EvidencePack& pack) {
  PageTable table{"Plans", {text("file"), text("title"), text("version"), text("approved"), text("review by"), text("SHA-256 of the file"), text("of what results depend on")}, {}};
  for (const EvidencePlan& plan : pack.plans)
    table.rows.push_back({name(plan.path), text(plan.title), text(plan.version.empty() ? "not said" : plan.version),
                          text(plan.approved_by.empty() ? "not said" : plan.approved_by + (plan.approved_on.empty() ? "" : ", " + plan.approved_on)), text(plan.review_by), text(short_hash(plan.file_sha256)), text(short_hash(plan.sha256))});
  return table;
}

PageTable exercise_table(const EvidencePack& pack) {
  PageTable table{"Exercises", {text("report in"), text("began"), text("kind"), text("what"), text("ended"), text("recovery time"), text("data loss")}, {}};
  for (const EvidenceExercise& one : pack.exercises)
    table.rows.push_back({name(one.folder), text(utc_text(one.line.began)), text(one.kind), text(one.line.title.empty() ? one.line.outage : one.line.title), text(ending_text(one.line.end)), text(recovery_text(one.line)),
                          text(loss_text(one.line))});
  return table;
}

PageTable objective_table(const EvidencePack& pack) {
  PageTable table{"Objectives", {text("plan"), text("objective")}, {}};
  for (const EvidencePlan& plan : pack.plans)
    for (const std::string& objective : plan.objectives) table.rows.push_back({name(plan.path), text(objective)});
  return table;
}

PageTable calibration_table(const EvidencePack& pack) {
  PageTable table{"Calibrations", {text("file"), text("as of"), text("plan"), PageCell{"observations", Kind::number}, text("drifted"), text("hash of that plan")}, {}};
  for (const EvidenceCalibration& one : pack.calibrations)
    table.rows.push_back({name(one.path), text(one.as_of), text(one.scenario), PageCell{std::to_string(one.observations), Kind::number}, text(one.drifted.empty() ? "nothing" : enumerated(one.drifted)),
                          text(short_hash(one.scenario_sha256))});
  return table;
}

PageTable action_table(const EvidencePack& pack) {
  PageTable table{"Actions", {PageCell{"no.", Kind::number}, text("what"), text("owner"), text("opened"), text("due"), text("closed"), text("exercise")}, {}};
  for (const Action& one : pack.actions)
    table.rows.push_back({PageCell{std::to_string(one.number), Kind::number}, text(one.text), text(one.owner), text(one.opened), text(one.due), text(one.closed.empty() ? (one.overdue(date_text(pack.to)) ? "OPEN, OVERDUE" : "open") : one.closed + (one.note.empty() ? "" : ": " + one.note)),
                          text(one.exercise)});
  return table;
}

PageTable standing_table(const ProgrammeStatus& status) {
  static constexpr const char* words[] = {"done", "planned", "due", "OVERDUE"};
  PageTable table{"The programme", {text("policy"), text("of"), text("period"), text("due"), text("state"), text("by")}, {}};
  for (const DemandStanding& one : status.demands)
    table.rows.push_back({name(one.demand.policy.empty() ? "times" : one.demand.policy), text(one.demand.thing), text(one.demand.period), text(date_text(one.due)), text(words[static_cast<int>(one.state)]),
                          text(one.demand.done ? one.demand.done->source + " on " + date_text(one.demand.done->day) : "")});
  return table;
}

void add_part(Markup& page, const std::string& id, const std::string& title, const PageTable& table, const std::string& nothing) {
  page.open("section", {{"id", id}}).element("h2", title);
  if (table.rows.empty()) page.element("p", nothing);
  add_table(page, table);
  page.close();
}

void add_verifying(Markup& page, const EvidencePack& pack) {
  page.open("section", {{"id", "verify"}}).element("h2", "To verify this pack");
  page.element("p", "In its folder, with coreutils and OpenSSH alone. ALLOWED is a file of allowed signers (ssh-keygen(1)) that you have from somebody you trust and not from this pack, SIGNER the name in it.");
  page.open("ol");
  for (const VerifyLine& line : verify_lines(pack.is_signed)) page.open("li").text(line.what + ":").open("br").void_close().element("code", line.line).close();
  page.close();
  if (!pack.is_signed) page.element("p", "This pack is not signed: who can change a file can also write its hash anew.");
  page.element("p", pack.ledger_head.empty() ? "There was no ledger." : "Every row of the ledger was followed by its hash before this was made. Its last row's: " + pack.ledger_head);
  page.close();
}

}  // namespace

std::vector<VerifyLine> verify_lines(bool is_signed) {
  std::vector<VerifyLine> out;
  if (is_signed)
    out.push_back({"The manifest is what SIGNER signed", std::string("ssh-keygen -Y verify -f ALLOWED -I SIGNER -n ") + evidence_namespace + " -s SHA256SUMS.sig < SHA256SUMS"});
  out.push_back({"No file of the manifest was changed or dropped", "sha256sum --check --strict --quiet SHA256SUMS"});
  out.push_back({"None was added (prints nothing, or what differs)",
                 "{ cut -c67- SHA256SUMS; find . ! -type d ! -path ./SHA256SUMS ! -path ./SHA256SUMS.sig -printf '%P\\n'; } | sort | uniq -u"});
  return out;
}

PageTable provision_table(const EvidencePack& pack) {
  PageTable table{"What supports what", {text("provision"), text("what it is about, in our words"), text("what here supports it"), text("what it does not show")}, {}};
  const std::string exercises = pack.exercises.empty() ? "no exercise fell in these days" : "exercises/";
  const std::string programme = pack.programme ? "programme/" : "no programme was given";
  const std::string plans = pack.plans.empty() ? "no plan was given" : "plans/";
  const std::string calibration = pack.calibrations.empty() ? "none was given" : "calibration/";
  const auto row = [&](const char* provision, const char* about, const std::string& here, const char* lacks) { table.rows.push_back({name(provision), text(about), text(here), text(lacks)}); };
  row("ISO 22301:2019, 8.5", "An exercise programme that validates continuity strategies over time: at planned intervals and after significant change, on appropriate scenarios, with reports that hold outcomes, recommendations and actions.",
      "intervals and what was held: " + programme + "; reports and outcomes: " + exercises + "; actions: actions.json", "That scenarios fit the organisation's risks, and that teamwork and interested parties were considered.");
  row("NIST SP 800-34 Rev. 1, 3.5 and 3.6", "Testing, training and exercises of a contingency plan, and its maintenance.",
      "the plan and its version: " + plans + "; tests of it: " + exercises + "; changes that followed: actions.json, calibration: " + calibration, "Training of people, and the business impact analysis (3.2).");
  row("NIST SP 800-84", "A programme of tests, training and exercises: tabletop and functional exercises, the latter up to full scale, each with an after-action report.", "kinds and reports: " + exercises + "; the programme: " + programme,
      "Training, and tests of single components.");
  row("DORA (EU) 2022/2554, Article 11", "ICT business continuity policy and response and recovery plans; 11(6): tested at least yearly, and after substantive changes to systems that support critical or important functions.",
      "plans: " + plans + "; tests of them: " + exercises + "; yearly: " + programme, "The policy, crisis communication, and independent internal audit of the plans.");
  row("DORA, Article 24", "A testing programme; 24(5): issues found are prioritised and remedied; 24(6): at least yearly, appropriate tests of all systems that support critical or important functions.",
      "the programme: " + programme + "; issues and remedies: actions.json", "That testers are independent (24(4)), and which functions are critical or important.");
  row("DORA, Article 25", "What tests there are: among others scenario-based, end-to-end and performance tests.", "scenario-based and end-to-end tests of recovery: " + exercises, "Vulnerability assessments, penetration tests, reviews of code and the other kinds named there.");
  row("SOC 2 (TSP section 100), A1.2", "Backup processes and recovery infrastructure are designed, operated and monitored to meet objectives.", "objectives and recovery infrastructure as planned: " + plans + "; loss of data that was measured: " + exercises,
      "Environmental protections, and that backups run in daily operation.");
  row("SOC 2 (TSP section 100), A1.3", "Procedures of the recovery plan are tested.", "tests and their results: " + exercises + "; how often: " + programme, "Whether the population that an auditor samples from is complete.");
  return table;
}

std::string evidence_page(const EvidencePack& pack) {
  Markup page;
  page.open("header").element("h1", "Evidence of exercises, " + span_text(pack)).element("p", "Made by muster " + pack.program + ". Muster certifies nothing: whether a provision applies, and is met, is for others to judge.", {{"class", "faint"}}).close();
  page.open("main");
  add_part(page, "plans", "Plans", plan_table(pack), "No plan was given.");
  if (!pack.plans.empty()) page.element("p", "Of hashes these are the first sixteen digits; evidence.json has all of them.", {{"class", "faint"}});
  add_part(page, "objectives", "Objectives", objective_table(pack), "No plan states any.");
  if (pack.programme) add_part(page, "programme", "The programme and what was done of it", standing_table(*pack.programme), "No period of it had begun.");
  add_part(page, "exercises", "Exercises and their results", exercise_table(pack), "No exercise was begun in these days.");
  add_part(page, "actions", "Actions", action_table(pack), "None was open in these days.");
  add_part(page, "calibration", "Calibration history", calibration_table(pack), "No calibration was given.");
  add_part(page, "provisions", "What supports what", provision_table(pack), "");
  add_verifying(page, pack);
  page.close();
  return html_page({"Evidence of exercises, " + span_text(pack), page.done(), ""});
}

std::string evidence_json(const EvidencePack& pack) {
  Json out = json_preamble(pack.program, "evidence");
  out["from"] = date_text(pack.from);
  out["to"] = date_text(pack.to);
  out["ledger"] = {{"head", pack.ledger_head.empty() ? Json(nullptr) : Json(pack.ledger_head)}, {"intact", true}};
  Json& plans = out["plans"] = Json::array();
  for (const EvidencePlan& plan : pack.plans)
    plans.push_back({{"path", plan.path}, {"title", plan.title}, {"version", plan.version}, {"owner", plan.owner}, {"approved-by", plan.approved_by}, {"approved-on", plan.approved_on}, {"review-by", plan.review_by},
                     {"file-sha256", plan.file_sha256}, {"sha256", plan.sha256}, {"objectives", plan.objectives}});
  Json& exercises = out["exercises"] = Json::array();
  for (const EvidenceExercise& one : pack.exercises) {
    const ExerciseLine& line = one.line;
    const auto seconds = [](const std::optional<double>& value) { return value ? json_number(*value) : Json(nullptr); };
    exercises.push_back({{"id", line.id}, {"folder", one.folder}, {"title", line.title}, {"kind", one.kind}, {"outage", line.outage}, {"environment", line.environment}, {"scenario-sha256", one.scenario_sha256}, {"began", iso_text(line.began)},
                         {"rta", line.recovery ? json_number(line.recovery->rta.value_or(never)) : Json(nullptr)}, {"rpa", seconds(line.canary ? line.canary->rpa : std::nullopt)},
                         {"objective", {{"rto", seconds(line.objective_rto)}, {"rpo", seconds(line.objective_rpo)}}}});
  }
  Json& calibrations = out["calibrations"] = Json::array();
  for (const EvidenceCalibration& one : pack.calibrations)
    calibrations.push_back({{"path", one.path}, {"scenario", one.scenario}, {"scenario-sha256", one.scenario_sha256}, {"as-of", one.as_of}, {"observations", one.observations}, {"drifted", one.drifted}});
  out["signed"] = pack.is_signed;
  Json& provisions = out["provisions"] = Json::array();
  for (const auto& row : provision_table(pack).rows) provisions.push_back({{"provision", row[0].text}, {"about", row[1].text}, {"supported-by", row[2].text}, {"not-shown", row[3].text}});
  return json_text(out);
}

}  // namespace muster
