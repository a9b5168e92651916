#include "reports/board_page.h"

#include "reports/board_charts.h"
#include "reports/by_name.h"
#include "reports/decision_page.h"
#include "reports/markup.h"
#include "reports/outage_page.h"
#include "reports/outage_text.h"
#include "reports/page_frame.h"
#include "reports/page_tables.h"
#include "reports/promises.h"
#include "reports/study_view.h"

namespace muster {
namespace {

constexpr const char* partial = "PARTIAL: the simulation was interrupted; outages that were not begun are missing.";
constexpr const char* no_sources = "The scenario notes no sources: where its numbers come from is not known.";

void add_contents(Markup& page, const BoardReport& report) {
  page.open("nav", {{"aria-label", "Contents"}}).open("ul");
  const auto link = [&](const std::string& to, const std::string& text) {
    page.open("li").element("a", text, {{"href", "#" + to}}).close();
  };
  if (report.study) link("study", "What could be done");
  if (report.forecast) link("forecast", "The years ahead");
  for (std::size_t i = 0; i < report.simulation.outages.size(); ++i)
    link(outage_anchor(i), report.simulation.outages[i].name);
  link("assumptions", "Assumptions");
  link("method", "Method");
  page.close().close();
}

void add_closing(Markup& page, const BoardReport& report) {
  const PageTable assumptions = assumption_table(report.scenario);
  page.open("section", {{"id", "assumptions"}}).element("h2", "Assumptions and their sources");
  if (assumptions.rows.empty()) page.element("p", no_sources);
  add_table(page, assumptions);
  page.close().open("section", {{"id", "method"}}).element("h2", "Method");
  page.element("p", method_text(report.simulation));
  page.open("p").text("To reproduce it:").raw(" ").element("code", report.command).close();
  page.element("p", provenance_line(report.simulation), {{"class", "faint"}}).close();
}

std::string heading(int level, const std::string& text) { return std::string(level, '#') + " " + text + "\n\n"; }
// A scenario may be without a title; a page may not.
const std::string& title_of(const Scenario& scenario) { return scenario.title.empty() ? scenario.file : scenario.title; }
std::string paragraph(const std::string& text) { return text.empty() ? "" : text + "\n\n"; }

}  // namespace

std::string board_page(const BoardReport& report) {
  Markup page;
  page.open("header").element("h1", title_of(report.scenario));
  page.element("p", control_line(report.scenario), {{"class", "faint"}});
  if (report.simulation.partial) page.element("p", partial);
  page.close().open("main");
  page.element("p", answer(report.simulation), {{"class", "answer"}});
  add_table(page, standing_table(report.simulation));
  // A board asks next what it costs to do better.
  if (report.study) {
    const std::vector<std::string> said = recommendation(*report.study);
    if (!said.empty()) page.element("p", said.front());
    add_table(page, better_table(report.scenario, *report.study));
  }
  add_contents(page, report);
  add_study(page, report);
  add_forecast(page, report);
  for (std::size_t i = 0; i < report.simulation.outages.size(); ++i) add_outage(page, report, i);
  add_closing(page, report);
  page.close();
  return html_page({title_of(report.scenario), page.done(), board_charts_json(report)});
}

std::string board_markdown(const BoardReport& report) {
  std::string out = heading(1, title_of(report.scenario)) + paragraph(control_line(report.scenario));
  if (report.simulation.partial) out += paragraph(partial);
  out += paragraph(answer(report.simulation)) + markdown(standing_table(report.simulation));
  if (report.study) {
    out += heading(2, report.study->study_title.empty() ? "What could be done" : report.study->study_title);
    for (const std::string& one : recommendation(*report.study)) out += paragraph(one);
    out += markdown(better_table(report.scenario, *report.study)) + markdown(variant_table(*report.study, true));
    for (const PageTable& table : heat_tables(*report.study)) out += markdown(table);
  }
  if (report.forecast) {
    out += heading(2, "The years ahead") + markdown(forecast_table(*report.forecast));
    if (report.forecast->has_costs) out += markdown(exceedance_table(*report.forecast, report.scenario.currency));
  }
  for (const OutageResult& outage : report.simulation.outages) {
    out += heading(2, outage.name) + paragraph(outage_sentences(report.scenario, outage.name));
    out += markdown(objective_table(outage));
    for (const std::string& one : promise_sentences(with_objectives(outage), outage.replications))
      out += "- " + one + "\n";
    out += "\n";
    for (const PageTable& table : {recovery_table(outage), loss_table(outage), step_table(outage), lever_table(outage), factor_table(outage), copy_table(outage)})
      out += markdown(table);
  }
  const PageTable assumptions = assumption_table(report.scenario);
  out += heading(2, "Assumptions and their sources") + (assumptions.rows.empty() ? paragraph(no_sources) : markdown(assumptions));
  return out + heading(2, "Method") + paragraph(method_text(report.simulation)) +
         paragraph("To reproduce it: `" + report.command + "`") + provenance_line(report.simulation) + "\n";
}

}  // namespace muster
