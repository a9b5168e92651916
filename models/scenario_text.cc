#include <charconv>
#include <cmath>
#include <cstdio>

#include "models/elementary.h"
#include "models/fit_result.h"
#include "models/units.h"

namespace muster {
namespace {

// The shortest decimal that gives the number back, without an exponent: what a scenario takes.
std::string plain(double x) {
  char text[400];
  return {text, std::to_chars(text, text + sizeof text, x, std::chars_format::fixed).ptr};
}

double significant(double x, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*e", digits - 1, x);
  double out = x;
  std::from_chars(text, text + sizeof text, out);
  return out;
}

/// Without what the way through a logarithm has left behind the twelfth digit.
std::string length(double seconds) { return exact_duration(significant(seconds, 12)); }

std::string text_of(const Constant& l) { return exact_duration(l.value); }
std::string text_of(const Uniform& l) { return "{uniform: [" + exact_duration(l.low) + ", " + exact_duration(l.high) + "]}"; }
std::string text_of(const Triangular& l) {
  return "{triangular: [" + exact_duration(l.low) + ", " + exact_duration(l.mode) + ", " + exact_duration(l.high) + "]}";
}
std::string text_of(const Pert& l) { return "{pert: [" + exact_duration(l.low) + ", " + exact_duration(l.mode) + ", " + exact_duration(l.high) + "]}"; }
std::string text_of(const Exponential& l) { return "{exponential: {mean: " + exact_duration(l.mean) + "}}"; }
std::string text_of(const TruncatedNormal& l) { return "{normal: {mean: " + exact_duration(l.mean) + ", sd: " + exact_duration(l.sd) + "}}"; }
std::string text_of(const Lognormal& l) {
  return "{lognormal: {median: " + length(exp_exact(l.mu)) + ", sigma: " + plain(l.sigma) + "}}";
}
std::string text_of(const Gamma& l) { return "{gamma: {shape: " + plain(l.shape) + ", mean: " + length(l.shape * l.scale) + "}}"; }
std::string text_of(const Weibull& l) { return "{weibull: {shape: " + plain(l.shape) + ", scale: " + exact_duration(l.scale) + "}}"; }
std::string text_of(const Empirical& l) {
  std::string out;
  for (const double x : l.values) out += (out.empty() ? "" : ", ") + exact_duration(x);
  return "{empirical: [" + out + "]}";
}
std::string text_of(const Mixture& l) {
  std::string out;
  for (std::size_t i = 0; i < l.of.size(); ++i)
    out += std::string(i ? ", " : "") + "{weight: " + plain(l.weights[i]) + ", of: " + scenario_text(l.of[i]) + "}";
  return "{mixture: [" + out + "]}";
}
std::string text_of(const Shifted& l) { return "{shifted: {by: " + exact_duration(l.by) + ", of: " + scenario_text(l.of.front()) + "}}"; }

/// The law as the loader makes it of what scenario_text() writes of it.
struct Rounding {
  int digits;
  double operator()(double x) const { return significant(x, digits); }
  Distribution::Law operator()(const Constant& l) const { return Constant{(*this)(l.value)}; }
  Distribution::Law operator()(const Exponential& l) const { return Exponential{(*this)(l.mean)}; }
  Distribution::Law operator()(const Lognormal& l) const { return lognormal_of_median((*this)(exp_exact(l.mu)), (*this)(l.sigma)); }
  Distribution::Law operator()(const Gamma& l) const { return gamma_of_shape((*this)(l.shape), (*this)(l.shape * l.scale)); }
  Distribution::Law operator()(const Weibull& l) const { return Weibull{(*this)(l.shape), (*this)(l.scale)}; }
  Distribution::Law operator()(const Empirical& l) const {
    Empirical out = l;
    for (double& x : out.values) x = (*this)(x);
    return out;
  }
  // Weights keep their sum: the last one is the rest.
  Distribution::Law operator()(const Mixture& l) const {
    Mixture out = l;
    double rest = 1;
    for (std::size_t i = 0; i < l.of.size(); ++i) {
      out.of[i] = rounded(l.of[i], digits);
      out.weights[i] = i + 1 < l.of.size() ? (*this)(l.weights[i]) : significant(rest, 12);
      rest -= out.weights[i];
    }
    return out;
  }
  template <class Other>
  Distribution::Law operator()(const Other& l) const {
    return l;
  }
};

}  // namespace

std::string scenario_text(const Distribution& law) {
  return std::visit([](const auto& l) { return text_of(l); }, law.law());
}

Distribution rounded(const Distribution& law, int digits) { return Distribution(std::visit(Rounding{digits}, law.law())); }

}  // namespace muster
