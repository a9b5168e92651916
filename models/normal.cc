#include <cmath>
#include <limits>

#include "models/elementary.h"

namespace muster {
namespace {

template <int n>
double polynomial(const double (&c)[n], double x) {
  double sum = c[n - 1];
  for (int i = n - 2; i >= 0; --i) sum = c[i] + x * sum;
  return sum;
}

/// e^(-z^2/2) with z split so that the exponent's rounding stays small where it is large.
double gaussian(double z) {
  const double coarse = std::floor(z * 16) / 16, rest = (z - coarse) * (z + coarse);
  return exp_exact(-0.5 * coarse * coarse) * exp_exact(-0.5 * rest);
}

/// P(Z > z) for z >= 0.67. W. J. Cody, "Algorithm 715: SPECFUN", ACM TOMS 19 (1993), ANORM.
double upper_tail(double z) {
  static constexpr double c[] = {9842.7148383839780218, 11602.651437647350124, 6848.1904505362823326,
                                 2494.5375852903726711, 597.27027639480026226, 93.506656132177855979,
                                 8.8831497943883759412, .39894151208813466764, 1.0765576773720192317e-8};
  static constexpr double d[] = {19685.429676859990727, 38912.003286093271411, 34900.952721145977266,
                                 18615.571640885098091, 6485.558298266760755,  1519.377599407554805,
                                 235.38790178262499861, 22.266688044328115691, 1.0};
  static constexpr double p[] = {2.9112874951168792e-5, .001421619193227893466, .022235277870649807,
                                 .1274011611602473639,  .21589853405795699,     .02307344176494017303};
  static constexpr double q[] = {7.29751555083966205e-5, .00378239633202758244, .0659881378689285515,
                                 .468238212480865118,    1.28426009614491121,   1.0};
  if (z > 38.6) return 0;
  if (z <= 5.656854249492380195) return gaussian(z) * polynomial(c, z) / polynomial(d, z);
  const double s = 1 / (z * z), r = s * polynomial(p, s) / polynomial(q, s);
  return gaussian(z) * (.39894228040143267794 - r) / z;
}

/// P(0 < Z < z) for |z| <= 0.67, from the same source.
double centre(double z) {
  static constexpr double a[] = {18154.981253343561249, 1067.6894854603709582, 161.02823106855587881,
                                 2.2352520354606839287, .065682337918207449113};
  static constexpr double b[] = {45507.789335026729956, 10260.932208618978205, 976.09855173777669322,
                                 47.20258190468824187, 1.0};
  return z * polynomial(a, z * z) / polynomial(b, z * z);
}

// M. J. Wichura, "Algorithm AS 241", Applied Statistics 37 (1988), PPND16.
double quantile_centre(double q) {
  static constexpr double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                 1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                 3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static constexpr double b[] = {1.0,
                                 4.2313330701600911252e+1,
                                 6.8718700749205790830e+2,
                                 5.3941960214247511077e+3,
                                 2.1213794301586595867e+4,
                                 3.9307895800092710610e+4,
                                 2.8729085735721942674e+4,
                                 5.2264952788528545610e+3};
  const double r = .180625 - q * q;
  return q * polynomial(a, r) / polynomial(b, r);
}

/// z > 0 with P(Z > z) = tail, for tail <= 0.075.
double quantile_tail(double tail) {
  static constexpr double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                 5.76949722146069140550e0,  3.64784832476320460504e0,
                                 1.27045825245236838258e0,  2.41780725177450611770e-1,
                                 2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr double d[] = {1.0,
                                 2.05319162663775882187e0,
                                 1.67638483018380384940e0,
                                 6.89767334985100004550e-1,
                                 1.48103976427480074590e-1,
                                 1.51986665636164571966e-2,
                                 5.47593808499534494600e-4,
                                 1.05075007164441684324e-9};
  static constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                 1.78482653991729133580e0,  2.96560571828504891230e-1,
                                 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr double f[] = {1.0,
                                 5.99832206555887937690e-1,
                                 1.36929880922735805310e-1,
                                 1.48753612908506148525e-2,
                                 7.86869131145613259100e-4,
                                 1.84631831751005468180e-5,
                                 1.42151175831644588870e-7,
                                 2.04426310338993978564e-15};
  const double r = std::sqrt(-log_exact(tail));
  return r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6)
                : polynomial(e, r - 5) / polynomial(f, r - 5);
}

}  // namespace

double normal_cdf(double z) {
  if (std::fabs(z) <= 0.67448975) return 0.5 + centre(z);
  if (z < 0) return upper_tail(-z);
  return z > 0 ? 1 - upper_tail(z) : z;
}

double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return p == 0 ? -infinity : p == 1 ? infinity : std::numeric_limits<double>::quiet_NaN();
  }
  const double q = p - 0.5;
  if (std::fabs(q) <= 0.425) return quantile_centre(q);
  return q < 0 ? -quantile_tail(p) : quantile_tail(1 - p);
}

double normal_quantile_upper(double q) { return -normal_quantile(q); }

}  // namespace muster
