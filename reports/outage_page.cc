#include "reports/outage_page.h"

#include <algorithm>

#include "reports/by_name.h"
#include "reports/decision_page.h"
#include "reports/deciding_steps.h"
#include "reports/figure.h"
#include "reports/outage_text.h"
#include "reports/page_tables.h"
#include "reports/promises.h"

namespace muster {
namespace {

Figure distribution_figure(const OutageResult& outage, const OutagePicture& picture, const std::string& id) {
  std::vector<std::pair<std::string, std::string>> services;
  for (const ServiceCurves& service : picture.services) services.emplace_back(service.service, service.service);
  Choice quantity{"quantity", "Of", {{"rto", "recovery time"}}};
  const bool loses = std::any_of(picture.services.begin(), picture.services.end(), [](const ServiceCurves& s) { return !s.rpo.quantiles.empty() && s.rpo.quantiles.back() > 0; });
  if (loses) quantity.values.emplace_back("rpo", "data loss");
  return {"distribution",
          picture.outage,
          id + "-distribution",
          "How long, and how much is lost.",
          "The curve says how likely it is to take longer than a time; dashed lines are targets.",
          {quantity,
           {"view", "As", {{"exceedance", "chance to exceed"}, {"density", "distribution"}}},
           {"service", "Service", services}},
          {recovery_table(outage), loss_table(outage)},
          "quantity"};
}

Figure story_figure(const OutagePicture& picture, const std::string& id) {
  static constexpr const char* names[] = {"the median", "a bad day (p95)"};
  Figure figure{"gantt",
                picture.outage,
                id + "-story",
                "One such outage, step by step.",
                "Strong bars marked ▸ are on the critical path; a thin line is waiting.",
                {{"story", "Show", {}}},
                {},
                "story"};
  for (std::size_t i = 0; i < picture.stories.size(); ++i) {
    figure.choices[0].values.emplace_back(std::to_string(i), names[i]);
    figure.tables.push_back(story_table(picture.stories[i]));
  }
  return figure;
}

}  // namespace

std::string outage_anchor(std::size_t outage) { return "outage-" + std::to_string(outage + 1); }

void add_outage(Markup& page, const BoardReport& report, std::size_t index) {
  const OutageResult& outage = report.simulation.outages[index];
  const OutagePicture& picture = report.pictures[index];
  const std::string id = outage_anchor(index);
  page.open("section", {{"class", "outage"}, {"id", id}}).element("h2", outage.name);
  const Outage* of = by_name(report.scenario.seen_by(outage.name).outages, outage.name);
  if (of && !of->provenance.note.empty()) page.element("p", of->provenance.note, {{"class", "faint"}});
  page.element("p", outage_sentences(report.scenario, outage.name));
  add_table(page, objective_table(outage));
  for (const std::string& one : promise_sentences(with_objectives(outage), outage.replications)) page.element("p", one);
  if (!picture.services.empty()) add_figure(page, distribution_figure(outage, picture, id));
  if (const PageTable steps = step_table(outage); !steps.rows.empty()) {
    const ServiceResult* service = least_met(outage);
    page.element("h3", service ? "What decides when " + service->name + " is back" : "What decides it");
    add_table(page, steps);
  }
  add_sensitivity(page, outage, id);
  if (!picture.stories.empty()) add_figure(page, story_figure(picture, id));
  if (const PageTable copies = copy_table(outage); !copies.rows.empty()) {
    page.element("h3", "Data loss by data store");
    add_table(page, copies);
  }
  page.close();
}

}  // namespace muster
