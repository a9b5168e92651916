#include <algorithm>
#include <cmath>
#include <limits>

#include "models/fit_result.h"
#include "models/units.h"

namespace muster {
namespace {

constexpr std::size_t most_empirical = 200;  ///< values that stand in the file itself
constexpr std::size_t few = 5;               ///< up to so many that ended no test can tell much

Refit refit_of(Family family) {
  return [family](const Durations& d) { return fitted(family, d).law; };
}

// From where the real lengths led: a resample of its law lies near.
Refit refit_of(const MixtureFit& near) {
  return [near](const Durations& d) -> std::optional<Distribution> {
    const std::optional<MixtureFit> fit = fitted_mixture(d, &near);
    if (!fit) return {};
    return fit->law();
  };
}

void fit_families(FitResult& r, const Durations& tested) {
  for (const Family family : all_families) {
    JudgedFit judged{fitted(family, r.durations), {}};
    if (judged.fit.law && r.settings.resamples > 0)
      judged.test = goodness_test(tested, *judged.fit.law, refit_of(family), r.settings.seed, r.settings.resamples, std::string("fit/") + name_of(family));
    r.fits.push_back(std::move(judged));
  }
  std::stable_sort(r.fits.begin(), r.fits.end(), [](const JudgedFit& a, const JudgedFit& b) {
    if (a.fit.law.has_value() != b.fit.law.has_value()) return a.fit.law.has_value();
    return a.fit.law && a.fit.aic < b.fit.aic;
  });
}

const JudgedFit* best_not_rejected(const FitResult& r) {
  for (const JudgedFit& one : r.fits)
    if (one.fit.law && !one.rejected(r.settings.level)) return &one;
  return nullptr;
}

void fit_mixture(FitResult& r, const Durations& tested) {
  r.mixture = fitted_mixture(drawn_from(r.durations, most_mixed, r.settings.seed, "fit/mixed"));
  if (!r.mixture) return;
  if (r.durations.size() > most_mixed) {
    r.mixture = judged(*r.mixture, r.durations);
    r.remarks.push_back("The mixture is fitted to " + std::to_string(most_mixed) + " of them, and judged by all.");
  }
  const std::uint32_t resamples = std::min(r.settings.resamples, most_mixture_resamples);
  r.mixture_test = goodness_test(tested, r.mixture->law(), refit_of(*r.mixture), r.settings.seed, resamples, "fit/mixture");
}

// Each as likely as any other; of many, those at evenly spaced ranks.
std::optional<Distribution> empirical(const Durations& d) {
  if (!d.censored.empty()) return {};
  Empirical out;
  const std::size_t n = d.ended.size(), kept = std::min(n, most_empirical);
  for (std::size_t i = 0; i < kept; ++i) out.values.push_back(d.ended[(2 * i + 1) * n / (2 * kept)]);
  return Distribution(out);
}

void advise_empirical(FitResult& r) {
  r.advised = empirical(r.durations);
  if (!r.advised) {
    r.remarks.push_back("No empirical law can be given: some were cut off, and how long they would have taken is not known.");
    return;
  }
  r.advice = Advice::empirical;
  if (r.durations.ended.size() > most_empirical)
    r.remarks.push_back("The empirical law has " + std::to_string(most_empirical) + " of the lengths, at evenly spaced ranks; to have all, name the file: {empirical: {file: …, column: …, unit: …}}.");
}

bool all_the_same(const Durations& d) {
  return d.ended.size() > 1 && d.ended.front() == d.ended.back() && (d.censored.empty() || d.censored.back() <= d.ended.front());
}

void advise(FitResult& r, const Durations& tested) {
  const Durations& d = r.durations;
  if (d.ended.empty()) {
    if (!d.censored.empty())
      r.remarks.push_back("Nothing ended: all that is known is that it takes longer than " + human_duration(d.censored.back()) + ".");
    else
      r.remarks.push_back(r.rows == 0 ? "There is nothing to fit." : "Nothing took any time at all: there is nothing to fit.");
    return;
  }
  if (all_the_same(d)) {
    r.advice = Advice::constant;
    r.advised = Distribution(Constant{d.ended.front()});
    r.remarks.push_back("All that ended took the same time; how it varies cannot be told from them.");
    return;
  }
  const JudgedFit* best = best_not_rejected(r);
  if (best) {
    r.advice = Advice::family;
    r.advised = best->fit.law;
    if (d.ended.size() <= few)
      r.remarks.push_back("Of " + std::to_string(d.ended.size()) + (d.ended.size() == 1 ? " length" : " lengths") +
                          " no law can be told from another: take this for a guess, and say so in the scenario's `note`.");
    return;
  }
  fit_mixture(r, tested);
  if (r.mixture && r.mixture_test->p_anderson_darling >= r.settings.level) {
    r.advice = Advice::mixture;
    r.advised = r.mixture->law();
    return;
  }
  advise_empirical(r);
}

void remark(FitResult& r) {
  if (r.zeros > 0)
    r.remarks.push_back(std::to_string(r.zeros) + " of " + std::to_string(r.rows) +
                        " took no time at all. No law of the four has such a length: they are left out of the fits and of the summary.");
  if (r.sampled)
    r.remarks.push_back("Fitted to a sample of " + std::to_string(r.durations.size()) + " of them, drawn with seed " + std::to_string(r.settings.seed) + ".");
  if (r.with_response > 0)
    r.remarks.push_back(std::to_string(r.with_response) + " of them hold a person's response too: they were the first question to a role.");
  if (r.talked_through > 0)
    r.remarks.push_back(std::to_string(r.talked_through) + " of them are of tabletop exercises, in which steps are talked through and not done.");
}

std::string key_of(const std::string& of) { return of == "outage" ? "lasts" : of == "role" ? "responds" : "takes"; }

}  // namespace

FitResult analysed(FitResult r, const Measurements& m, const FitSettings& settings) {
  r.settings = settings;
  r.rows = m.rows();
  r.ended = m.ended();
  r.censored = m.censored();
  r.zeros = m.zeros();
  r.sampled = m.sampled();
  r.first = m.first();
  r.last = m.last();
  const Durations tested = drawn_from(m.durations(), m.censored() > 0 ? most_tested_censored : most_tested, settings.seed, "fit/tested");
  r.durations = m.durations();
  std::sort(r.durations.ended.begin(), r.durations.ended.end());
  std::sort(r.durations.censored.begin(), r.durations.censored.end());
  r.summary = summary_of(r.durations);
  remark(r);
  fit_families(r, tested);
  advise(r, tested);
  if (r.advised) {
    r.advised = rounded(*r.advised);
    r.yaml = key_of(r.of) + ": " + scenario_text(*r.advised);
  }
  return r;
}

}  // namespace muster
