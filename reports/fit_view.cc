#include "reports/fit_view.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "models/elementary.h"
#include "models/units.h"
#include "reports/phrases.h"

namespace muster {
namespace {

constexpr std::size_t most_bins = 30, most_points = 200;

std::string digits(double x, int n) {
  if (std::isnan(x)) return "–";
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", n, x);
  return text;
}
std::string fixed(double x, int n) {
  if (std::isnan(x)) return "–";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", n, x);
  return text;
}

const Distribution* shown_law(const FitResult& r) {
  if (r.advised && r.advice != Advice::empirical && r.advice != Advice::constant) return &*r.advised;
  for (const JudgedFit& one : r.fits)
    if (one.fit.law) return &*one.fit.law;
  return nullptr;
}

double share_at(const KaplanMeier& km, double x) {
  const auto after = std::upper_bound(km.at.begin(), km.at.end(), x);
  return after == km.at.begin() ? 0 : km.share[static_cast<std::size_t>(after - km.at.begin()) - 1];
}

void add_bins(FitView& view, const FitResult& r, const KaplanMeier& km, const Distribution& law) {
  const std::size_t n = std::clamp<std::size_t>(static_cast<std::size_t>(2 * std::sqrt(static_cast<double>(r.durations.size()))), 5, most_bins);
  // Long tails would squeeze everything else: the axis ends where 95 of 100 are over, by both.
  double end = std::max(law.quantile(0.95), km.quantile(0.95));
  if (!std::isfinite(end)) end = std::max(law.quantile(0.95), km.last);
  const double width = end / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double from = width * static_cast<double>(i), to = width * static_cast<double>(i + 1);
    view.bins.push_back({from, to, share_at(km, to) - share_at(km, from), law.cdf(to) - law.cdf(from)});
  }
  view.measured_beyond = 1 - share_at(km, end);
  view.expected_beyond = law.survival(end);
}

// At the middle of each step of the product-limit estimate: (i - 1/2)/n where nothing is censored.
void add_quantiles(FitView& view, const KaplanMeier& km, const Distribution& law) {
  const std::size_t n = km.at.size(), kept = std::min(n, most_points);
  for (std::size_t k = 0; k < kept; ++k) {
    const std::size_t i = kept == n ? k : (2 * k + 1) * n / (2 * kept);
    const double share = 0.5 * ((i == 0 ? 0 : km.share[i - 1]) + km.share[i]);
    view.quantiles.push_back({share, law.quantile(share), km.at[i]});
  }
}

PageCell number(std::string text) { return {std::move(text), PageCell::Kind::number}; }

std::string of_mixture(const MixtureFit& m) {
  return "median " + human_duration(exp_exact(m.first.mu)) + ", sigma " + digits(m.first.sigma, 3) + " (" + percent(m.weight) + "); median " +
         human_duration(exp_exact(m.second.mu)) + ", sigma " + digits(m.second.sigma, 3);
}

}  // namespace

std::string minutes_text(double seconds) { return digits(seconds / 60, 6); }

std::string p_text(const GoodnessTest* test, double p) {
  if (!test || test->resamples == 0) return "–";
  return p < 0.001 ? "< 0.001" : fixed(p, 3);
}

std::string parameters_text(const FamilyFit& fit) {
  std::string out;
  for (const Estimate& e : fit.estimates) {
    if (e.name == "mu" || (e.name == "scale" && fit.family == Family::gamma)) continue;  // what a scenario says in other words
    if (!out.empty()) out += ", ";
    out += e.name + " " + (e.time ? human_duration(e.value) : digits(e.value, 4)) + " ± " + (e.time ? human_duration(e.standard_error) : digits(e.standard_error, 2));
  }
  return out;
}

FitView fit_view(const FitResult& r) {
  FitView view;
  const Distribution* law = shown_law(r);
  if (!law || r.durations.ended.empty()) return view;
  view.law = r.advice == Advice::mixture ? "the mixture" : law->describe();
  const KaplanMeier km = kaplan_meier(r.durations);
  add_bins(view, r, km, *law);
  add_quantiles(view, km, *law);
  return view;
}

std::string fit_answer(const FitResult& r) {
  const std::string law = r.advised ? r.advised->describe() : "";
  switch (r.advice) {
    case Advice::nothing: return "There is no fit.";
    case Advice::constant: return "It always took " + law + ": a constant.";
    case Advice::family: {
      std::size_t rejected = 0, fitted = 0;
      for (const JudgedFit& one : r.fits) {
        rejected += one.rejected(r.settings.level);
        fitted += one.fit.law.has_value();
      }
      const std::string tested = r.settings.resamples == 0 ? " (not tested)" : "";
      if (fitted == 1) return "An " + law + "; the other laws take more lengths" + tested + ".";
      std::string out = "Of the four laws this one goes with it best" + tested + ": " + law + ".";
      if (rejected) out += " " + std::to_string(rejected) + (rejected == 1 ? " other is rejected." : " others are rejected.");
      return out;
    }
    case Advice::mixture: return "None of the four laws goes with it. A mixture of two does: " + law.substr(law.find(' ') + 1) + ".";
    case Advice::empirical:
      return std::string("None of the four laws goes with it") + (r.mixture ? ", nor does a mixture of two lognormal ones" : "") +
             ". Take the lengths themselves: an empirical law.";
  }
  return "";
}

std::string fit_method(const FitResult& r) {
  std::string out = "Maximum likelihood; ± is the standard error by the observed information. ";
  if (r.censored) out += "What was cut off counts by the chance of lasting longer; the share that is over by a time is Kaplan and Meier's. ";
  const GoodnessTest* test = nullptr;
  for (const JudgedFit& one : r.fits)
    if (one.test && !test) test = &*one.test;
  if (!test) return out + "No test was made.";
  out += "KS and AD: Kolmogorov and Smirnov's distance and Anderson and Darling's, p by " + grouped(r.settings.resamples) + " resamples of the fitted law, fitted anew, seed " +
         std::to_string(r.settings.seed);
  if (r.mixture_test) out += " (of the mixture " + grouped(std::min(r.settings.resamples, most_mixture_resamples)) + ")";
  if (test->lengths < r.durations.size()) out += ", for " + grouped(test->lengths) + " of the lengths, drawn by name";
  return out + "; a law is rejected where AD's p is below " + digits(r.settings.level, 3) + ".";
}

PageTable measured_table(const FitResult& r) {
  const MeasuredSummary& s = r.summary;
  PageTable table{"What was measured", {{""}, number("minutes"), {"", PageCell::Kind::text}}, {}};
  const auto row = [&](const char* name, double seconds) {
    if (!std::isnan(seconds)) table.rows.push_back({{name}, number(minutes_text(seconds)), {human_duration(seconds)}});
  };
  row("shortest", s.least);
  row("median", s.median);
  row("mean", s.mean);
  row("standard deviation", s.sd);
  row("longest", s.most);
  if (!std::isnan(s.mean_log)) {
    table.rows.push_back({{"mean of the log"}, number(fixed(s.mean_log - log_exact(60), 6)), {"of minutes"}});
    table.rows.push_back({{"sd of the log"}, number(fixed(s.sd_log, 6)), {""}});
  }
  return table;
}

PageTable fits_table(const FitResult& r) {
  PageTable table{"Fits, the smallest AIC first",
                  {{"law"}, {"parameters"}, number("log-likelihood"), number("AIC"), number("BIC"), number("KS"), number("p"), number("AD"), number("p")},
                  {}};
  const auto row = [&](const std::string& name, const std::string& parameters, double l, double aic, double bic, const std::optional<GoodnessTest>& test) {
    const GoodnessTest* t = test ? &*test : nullptr;
    table.rows.push_back({{name, PageCell::Kind::name}, {parameters}, number(fixed(l, 2)), number(fixed(aic, 2)), number(fixed(bic, 2)),
                          number(t ? digits(t->measured.kolmogorov_smirnov, 3) : "–"), number(p_text(t, t ? t->p_kolmogorov_smirnov : 0)),
                          number(t ? digits(t->measured.anderson_darling, 3) : "–"), number(p_text(t, t ? t->p_anderson_darling : 0))});
  };
  for (const JudgedFit& one : r.fits) {
    if (one.fit.law)
      row(name_of(one.fit.family), parameters_text(one.fit), one.fit.log_likelihood, one.fit.aic, one.fit.bic, one.test);
    else
      table.rows.push_back({{name_of(one.fit.family), PageCell::Kind::name}, {"no fit: " + one.fit.why_not}, number("–"), number("–"), number("–"), number("–"), number("–"), number("–"), number("–")});
  }
  if (r.mixture) row("mixture", of_mixture(*r.mixture), r.mixture->log_likelihood, r.mixture->aic, r.mixture->bic, r.mixture_test);
  return table;
}

PageTable bins_table(const FitView& view) {
  PageTable table{"How long it took: shares of all", {{"from"}, {"to"}, number("measured"), number("law")}, {}};
  for (const FitView::Bin& bin : view.bins)
    table.rows.push_back({{human_duration(bin.from)}, {human_duration(bin.to)}, number(percent(bin.measured)), number(percent(bin.expected))});
  if (!view.bins.empty()) table.rows.push_back({{human_duration(view.bins.back().to)}, {"longer"}, number(percent(view.measured_beyond)), number(percent(view.expected_beyond))});
  return table;
}

PageTable quantiles_table(const FitView& view) {
  PageTable table{"By when so many are over", {number("share"), number("law"), number("measured")}, {}};
  // A hundred rows say no more than twenty.
  const std::size_t n = view.quantiles.size(), kept = std::min<std::size_t>(n, 20);
  for (std::size_t k = 0; k < kept; ++k) {
    const FitView::Point& p = view.quantiles[kept == n ? k : (2 * k + 1) * n / (2 * kept)];
    table.rows.push_back({number(percent(p.share)), number(human_duration(p.expected)), number(human_duration(p.measured))});
  }
  return table;
}

}  // namespace muster
