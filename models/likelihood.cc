#include "models/likelihood.h"

#include <cmath>
#include <limits>

#include "models/elementary.h"
#include "models/gamma_survival.h"

namespace muster {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double half_log_two_pi = 0.91893853320467274178;

Local impossible() {
  Local out;
  out.value = -infinity;
  return out;
}

void add(Local& sum, double value, double g0, double g1, double h00, double h01, double h11) {
  sum.value += value;
  sum.slope(0) += g0;
  sum.slope(1) += g1;
  sum.curve(0, 0) += h00;
  sum.curve(0, 1) += h01;
  sum.curve(1, 1) += h11;
}

Local whole(Local sum) {
  sum.curve(1, 0) = sum.curve(0, 1);
  return sum;
}

}  // namespace

ScaledDurations::ScaledDurations(const Durations& durations) {
  log_ended.reserve(durations.ended.size());
  for (const double x : durations.ended) log_unit += log_ended.emplace_back(log_exact(x));
  if (!durations.ended.empty()) log_unit /= static_cast<double>(durations.ended.size());
  const double unit = exp_exact(log_unit);
  for (double& y : log_ended) {
    y -= log_unit;
    sum_log_ended += y;
    spread += y * y;
  }
  if (!log_ended.empty()) spread /= static_cast<double>(log_ended.size());
  for (const double x : durations.ended) sum_ended += ended.emplace_back(x / unit);
  for (const double x : durations.censored) {
    censored.push_back(x / unit);
    log_censored.push_back(log_exact(x) - log_unit);
  }
}

// With h = 1/sigma, b = mu/sigma and z = h y - b, what ended adds ln h - z^2/2, and what was cut off ln P(Z > z).
Local lognormal_likelihood(const ScaledDurations& d, const Eigen::Vector2d& at) {
  const double h = at(0), b = at(1);
  if (!(h > 0)) return impossible();
  Local sum;
  const double log_h = log_exact(h) - half_log_two_pi;
  for (const double y : d.log_ended) {
    const double z = h * y - b;
    add(sum, log_h - 0.5 * z * z - y, 1 / h - z * y, z, -1 / (h * h) - y * y, y, -1);
  }
  for (const double y : d.log_censored) {
    const double z = h * y - b, hazard = normal_hazard(z), bend = hazard * (hazard - z);
    add(sum, log_normal_upper(z), -hazard * y, hazard, -bend * y * y, bend * y, -bend);
  }
  return whole(sum);
}

// With a the shape, b = ln scale and z = x/scale, what ended adds (a - 1) ln x - z - a b - ln Gamma(a); its sums are known beforehand.
// What was cut off adds ln Q(a, z), whose derivative in z is minus the hazard r.
Local gamma_likelihood(const ScaledDurations& d, const Eigen::Vector2d& at) {
  if (!(std::fabs(at(0)) < 17 && std::fabs(at(1)) < 60)) return impossible();
  const double a = exp_exact(at(0)), b = at(1), scale = exp_exact(b), n = static_cast<double>(d.ended.size());
  const double psi = digamma(a), log_gamma_a = log_gamma(a), sum_z = d.sum_ended / scale;
  double by_a = d.sum_log_ended - n * (b + psi), by_aa = -n * trigamma(a), by_ab = -n;
  Local sum;
  add(sum, (a - 1) * d.sum_log_ended - sum_z - n * (a * b + log_gamma_a), 0, sum_z - n * a, 0, 0, -sum_z);
  for (std::size_t i = 0; i < d.censored.size(); ++i) {
    const double z = d.censored[i] / scale, log_z = d.log_censored[i] - b;
    const LogGammaTail tail = log_gamma_tail(a, z);
    const double zr = exp_exact(a * log_z - z - log_gamma_a - tail.value);  // z times the hazard
    by_a += tail.by_shape;
    by_aa += tail.by_shape_twice;
    by_ab += zr * (log_z - psi - tail.by_shape);
    add(sum, tail.value, 0, zr, 0, 0, -zr * (a - z + zr));
  }
  add(sum, 0, a * by_a, 0, a * (a * by_aa + by_a), a * by_ab, 0);
  return whole(sum);
}

// With k the shape, w = k (y - b) and e = e^w, what ended adds ln k + w - y - e, and what was cut off -e.
Local weibull_likelihood(const ScaledDurations& d, const Eigen::Vector2d& at) {
  if (!(std::fabs(at(0)) < 40 && std::fabs(at(1)) < 300)) return impossible();
  const double log_k = at(0), k = exp_exact(log_k), b = at(1);
  Local sum;
  const auto add_tail = [&](double w) {
    const double e = exp_exact(w), we = w * e;
    add(sum, -e, -we, k * e, -we * (1 + w), k * (e + we), -k * k * e);
  };
  for (const double y : d.log_ended) {
    const double w = k * (y - b);
    add(sum, log_k + w - y, 1 + w, -k, w, -k, 0);
    add_tail(w);
  }
  for (const double y : d.log_censored) add_tail(k * (y - b));
  return whole(sum);
}

}  // namespace muster
