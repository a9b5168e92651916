#include "reports/fit_page.h"

#include "reports/figure.h"
#include "reports/fit_json.h"
#include "reports/fit_view.h"
#include "reports/markup.h"
#include "reports/page_frame.h"
#include "reports/phrases.h"
#include "models/moments.h"

namespace muster {
namespace {

std::string counts(const FitResult& r) {
  std::string out = grouped(r.rows) + (r.rows == 1 ? " length: " : " lengths: ") + grouped(r.ended) + " ended, " + grouped(r.censored) + " cut off";
  if (r.first) out += "; from " + utc_date({0, r.first}) + " to " + utc_date({0, r.last});
  return out;
}

void add_pictures(Markup& page, const FitResult& r) {
  const FitView view = fit_view(r);
  if (view.bins.empty()) return;
  add_figure(page, {"fit", "density", "density", "How long it took.", "Bars: measured; the line: " + view.law + ".", {}, {bins_table(view)}});
  add_figure(page, {"fit", "quantiles", "quantiles", "Quantiles of the law and of what was measured.",
                    "A point for each length that ended, on logarithmic scales: on the line, the law has it right; above, it took longer.", {}, {quantiles_table(view)}});
}

}  // namespace

std::string fit_page(const FitResult& r, const std::string& program) {
  Markup page;
  page.open("header").element("h1", "How long it takes: " + r.what).element("p", counts(r), {{"class", "faint"}}).close();
  page.open("main").element("p", fit_answer(r), {{"class", "answer"}});
  for (const std::string& remark : r.remarks) page.element("p", remark);
  if (!r.yaml.empty()) page.open("p").text("For the scenario:").raw(" ").element("code", r.yaml).close();
  page.open("section", {{"id", "measured"}}).element("h2", "What was measured");
  add_table(page, measured_table(r));
  page.close();
  if (!r.durations.ended.empty()) {
    page.open("section", {{"id", "fits"}}).element("h2", "Fits, the smallest AIC first");
    add_table(page, fits_table(r));
    page.close().open("section", {{"id", "pictures"}}).element("h2", "The law beside what was measured");
    add_pictures(page, r);
    page.close();
  }
  page.open("section", {{"id", "method"}}).element("h2", "Method").element("p", fit_method(r));
  page.element("p", "muster " + program, {{"class", "faint"}}).close().close();
  return html_page({"How long it takes: " + r.what, page.done(), fit_charts_json(r)});
}

}  // namespace muster
