#pragma once
/// Elementary and special functions that give the same bits on every machine.
///
/// The C library picks other code where the processor has fused multiply-add, and its last bit may differ
/// there. Everything that a result depends on goes through these instead: only + - * / and sqrt, which IEEE 754
/// rounds in one way, in a fixed order. All are pure and thread-safe. Relative error is at most 1e-14 unless
/// stated; the tests compare with Boost.Math.
namespace muster {

double exp_exact(double x);            ///< e^x; 0 below -745, infinity above 709.78
double log_exact(double x);            ///< natural logarithm; -infinity at 0, NaN below
double log1p_exact(double x);          ///< log(1 + x), accurate near 0
double expm1_exact(double x);          ///< e^x - 1, accurate near 0
double pow_exact(double x, double y);  ///< x^y for x >= 0; relative error at most 1e-13 * (1 + |y log x|)
double log_gamma(double x);            ///< ln Gamma(x), x > 0
double log1p_minus(double x);          ///< log(1 + x) - x, accurate near 0; x > -1
/// ln Gamma(x + 1) - [(x + 1/2) ln x - x + ln(2 pi)/2], the error of Stirling's formula; x > 0, absolute error 1e-14.
double stirling_error(double x);

double digamma(double x);   ///< psi(x), the derivative of ln Gamma; x > 0; absolute error 1e-14 * (1 + |psi(x)|)
double trigamma(double x);  ///< psi'(x), x > 0

double normal_cdf(double z);             ///< standard normal, lower tail
double normal_quantile(double p);        ///< inverse of normal_cdf; -infinity at 0, infinity at 1
double normal_quantile_upper(double q);  ///< z with P(Z > z) = q, accurate for tiny q

/// ln P(Z > z), also where the probability itself is below every double; relative error 1e-12, as of the next.
double log_normal_upper(double z);
/// Density over upper tail at z: the derivative of -log_normal_upper.
double normal_hazard(double z);

/// Both tails of a law at a point, each accurate where it is small, and the density there.
struct Tails {
  double lower, upper, density;
};

/// Regularised incomplete gamma functions P(a, x), lower, and Q(a, x), upper, for one a, 0 < a <= 1e10; x >= 0. Relative error
/// 1e-12. Some microseconds at most. NaN outside.
class IncompleteGamma {
 public:
  explicit IncompleteGamma(double a);
  Tails at(double x) const;
  /// x with P(a, x) = p; `upper` instead takes Q(a, x) = p. To the last bits that the tails resolve.
  double inverse(double p, bool upper = false) const;

 private:
  double prefix(double x) const;
  double first_term(double p, bool upper) const;
  double a_, log_scale_;
};

double gamma_p(double a, double x);
double gamma_q(double a, double x);
double gamma_p_inverse(double a, double p, bool upper = false);

/// Regularised incomplete beta function I_x(a, b), lower, and its complement, upper, for one a and b; a, b > 0, a + b <= 1e10,
/// 0 <= x <= 1. Relative error 1e-12 while a + b <= 1e7. Some microseconds at most. NaN outside.
class IncompleteBeta {
 public:
  IncompleteBeta(double a, double b);
  Tails at(double x) const;
  /// x with I_x(a, b) = p; `upper` instead takes 1 - I_x(a, b) = p. To the last bits that the tails resolve.
  double inverse(double p, bool upper = false) const;

 private:
  double prefix(double x, double excess) const;
  double first_guess(double p, bool upper) const;
  double solve(double p, bool upper) const;
  double a_, b_, log_scale_;
};

double beta_p(double a, double b, double x);
double beta_q(double a, double b, double x);  ///< 1 - I_x(a, b), accurate where it is small
double beta_p_inverse(double a, double b, double p, bool upper = false);

}  // namespace muster
