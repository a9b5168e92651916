#include "reports/fit_text.h"

#include <algorithm>
#include <cmath>

#include "models/elementary.h"
#include "models/moments.h"
#include "reports/fit_view.h"
#include "reports/layout.h"
#include "reports/phrases.h"
#include "reports/table.h"
#include "reports/time_axis.h"

namespace muster {
namespace {

constexpr int density_rows = 10, scatter_rows = 15;

std::string counts(const FitResult& r) {
  std::string out = grouped(r.rows) + (r.rows == 1 ? " length: " : " lengths: ") + grouped(r.ended) + " ended, " + grouped(r.censored) + " cut off";
  if (r.zeros) out += ", " + grouped(r.zeros) + " of no time at all";
  if (r.first) out += "; from " + utc_date({0, r.first}) + " to " + utc_date({0, r.last});
  return out + ".";
}

std::string measured_text(const FitResult& r, const Style& style) {
  std::string out = style.heading("WHAT WAS MEASURED") + wrapped(counts(r), style.width, "  ", "  ");
  const PageTable measured = measured_table(r);
  Table table({{""}, {"minutes", Align::right}, {""}});
  for (const auto& row : measured.rows) table.row({{row[0].text}, {row[1].text}, {row[2].text, Ink::dim}});
  return out + (table.empty() ? "" : table.text(style));
}

std::string fits_text(const FitResult& r, const Style& style) {
  const PageTable fits = fits_table(r);
  Table table({{"law"}, {"log-likelihood", Align::right}, {"AIC", Align::right}, {"BIC", Align::right}, {"KS", Align::right}, {"p", Align::right}, {"AD", Align::right}, {"p", Align::right}});
  for (const auto& row : fits.rows) {
    const bool none = row[2].text == "–";
    const bool rejected = std::any_of(r.fits.begin(), r.fits.end(), [&](const JudgedFit& one) { return row[0].text == name_of(one.fit.family) && one.rejected(r.settings.level); });
    table.row({{row[0].text, none ? Ink::dim : Ink::bold}, {row[2].text}, {row[3].text}, {row[4].text}, {row[5].text}, {row[6].text}, {row[7].text},
               {row[8].text, rejected ? Ink::bad : Ink::plain}});
    table.line(row[1].text, Ink::dim);
  }
  return style.heading("FITS, THE SMALLEST AIC FIRST") + table.text(style);
}

// Measured shares as bars, the law as dots at its own height.
std::string density_text(const FitView& view, const Style& style) {
  static constexpr const char* blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double highest = 0;
  for (const auto& bin : view.bins) highest = std::max({highest, bin.measured, bin.expected});
  if (!(highest > 0)) return "";
  const int n = static_cast<int>(view.bins.size()), wide = std::max(1, (style.width - 12) / n), width = wide * n;
  std::string out;
  for (int row = density_rows - 1; row >= 0; --row) {
    Canvas canvas(width);
    for (int i = 0; i < n; ++i) {
      const auto& bin = view.bins[static_cast<std::size_t>(i)];
      const double eighths = (bin.measured / highest * density_rows - row) * 8;
      const int full = std::clamp(static_cast<int>(std::lround(eighths)), 0, 8);
      canvas.fill(i * wide, i * wide + wide - 1, blocks[full]);
      const int dot = std::min(static_cast<int>(bin.expected / highest * density_rows), density_rows - 1);
      if (dot == row) canvas.put(i * wide + wide / 2, "●");
    }
    const bool labelled = row == density_rows - 1 || row == density_rows / 2 - 1;
    const std::string label = labelled ? percent(highest * (row + 1) / density_rows) : "";
    out += style.paint(Ink::dim, padded(label, 7, Align::right) + " │") + canvas.text() + "\n";
  }
  const TimeAxis axis(view.bins.back().to, width);
  out += style.paint(Ink::dim, std::string(9, ' ') + axis.labels()) + "\n";
  std::string legend = "█ measured  ● " + view.law;
  if (view.measured_beyond > 0.0005 || view.expected_beyond > 0.0005)
    legend += "; further right are " + percent(view.measured_beyond) + " of the measured and " + percent(view.expected_beyond) + " of the law";
  return out + style.paint(Ink::dim, wrapped(legend, style.width, std::string(9, ' '), std::string(9, ' ')));
}

// On logarithmic scales, the same for both: what lies on the dotted line is as the law has it.
std::string quantiles_text(const FitView& view, const Style& style) {
  double low = INFINITY, high = 0;
  for (const auto& p : view.quantiles) {
    low = std::min({low, p.expected, p.measured});
    high = std::max({high, p.expected, p.measured});
  }
  if (!(low > 0 && high > low)) return "";
  const int width = std::min(style.width - 14, 60);
  const double log_low = log_exact(low), range = log_exact(high) - log_low;
  const auto place = [&](double x, int cells) { return std::clamp(static_cast<int>((log_exact(x) - log_low) / range * cells), 0, cells - 1); };
  std::vector<Canvas> rows(scatter_rows, Canvas(width));
  for (int x = 0; x < width; ++x) rows[static_cast<std::size_t>(x * scatter_rows / width)].put(x, "·");
  for (const auto& p : view.quantiles) rows[static_cast<std::size_t>(place(p.measured, scatter_rows))].put(place(p.expected, width), "●");
  std::string out;
  for (int row = scatter_rows - 1; row >= 0; --row) {
    const bool labelled = row == scatter_rows - 1 || row == scatter_rows / 2 || row == 0;
    const std::string label = labelled ? short_duration(exp_exact(log_low + range * (row + 0.5) / scatter_rows)) : "";
    out += style.paint(Ink::dim, padded(label, 9, Align::right) + " │") + rows[static_cast<std::size_t>(row)].text() + "\n";
  }
  std::string labels(11, ' ');
  for (const int part : {0, 1, 2}) {
    const std::string label = "│" + short_duration(exp_exact(log_low + range * part / 3));
    labels = padded(labels, 11 + part * width / 3) + label;
  }
  out += style.paint(Ink::dim, labels) + "\n";
  return out + style.paint(Ink::dim, wrapped("up: measured; right: by " + view.law + "; ● each length that ended; · where both are the same", style.width, std::string(11, ' '), std::string(11, ' ')));
}

std::string yaml_text(const FitResult& r, const Style& style) {
  if (r.yaml.empty()) return "";
  return "\n" + style.heading("FOR THE SCENARIO") + r.yaml + "\n";
}

}  // namespace

std::string fit_text(const FitResult& r, const std::string& program, const Style& style) {
  std::string out = style.rule(printable(r.what)) + wrapped(fit_answer(r), style.width, "  ", "  ");
  for (const std::string& remark : r.remarks) out += wrapped(printable(remark), style.width, "  ", "  ");
  out += "\n" + measured_text(r, style);
  if (r.durations.ended.empty()) return out;
  out += "\n" + fits_text(r, style);
  const FitView view = fit_view(r);
  if (!view.bins.empty()) {
    out += "\n" + style.heading("HOW LONG IT TOOK") + density_text(view, style);
    if (const std::string quantiles = quantiles_text(view, style); !quantiles.empty()) out += "\n" + style.heading("QUANTILES OF THE LAW AND OF WHAT WAS MEASURED") + quantiles;
  }
  return out + yaml_text(r, style) + "\n" + style.paint(Ink::dim, wrapped(fit_method(r) + " muster " + program + ".", style.width));
}

}  // namespace muster
