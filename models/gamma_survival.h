#pragma once

/// How the upper tail of the gamma law changes with its shape.
namespace muster {

/// ln Q(a, x) (models/elementary.h) and its first two derivatives in a. Pure, thread-safe, the same bits on every machine.
struct LogGammaTail {
  double value = 0, by_shape = 0, by_shape_twice = 0;
};

/// 0 < a <= 1e10, x > 0 and finite. Also where Q itself is below every double. The derivatives' relative error is about 1e-11.
LogGammaTail log_gamma_tail(double a, double x);

}  // namespace muster
