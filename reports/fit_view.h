#pragma once
#include <string>
#include <vector>

#include "models/fit_result.h"
#include "reports/page_table.h"

/// What pictures and tables of a fit show. Pure and thread-safe.
namespace muster {

/// The advised law beside what was measured, or the best fit where none is advised. Empty where there is neither.
struct FitView {
  struct Bin {
    double from = 0, to = 0, measured = 0, expected = 0;  ///< seconds; shares of all lengths (product-limit), and of the law
  };
  struct Point {
    double share = 0, expected = 0, measured = 0;  ///< a share, and until when so many are over: by the law, by what was measured
  };
  std::string law;                        ///< "lognormal, median 2 h 5 min, p95 11 h"
  std::vector<Bin> bins;                  ///< of equal width, from 0
  double measured_beyond = 0, expected_beyond = 0;  ///< beyond the last bin
  std::vector<Point> quantiles;           ///< at most 200, by share; each of a length that ended
};
FitView fit_view(const FitResult& result);

/// "Lognormal goes with it best of the four …", "None of the four laws goes with it …": the answer in sentences.
std::string fit_answer(const FitResult& result);
/// "median 2 h 5 min ± 12 min, sigma 1.01 ± 0.06".
std::string parameters_text(const FamilyFit& fit);
/// How the tests were made.
std::string fit_method(const FitResult& result);

PageTable measured_table(const FitResult& result);
PageTable fits_table(const FitResult& result);
PageTable bins_table(const FitView& view);
PageTable quantiles_table(const FitView& view);

/// Probability of a test: "0.31", "< 0.001", "–" for none.
std::string p_text(const GoodnessTest* test, double p);
/// Seconds as minutes with as many digits as tables of records have: "126.5".
std::string minutes_text(double seconds);

}  // namespace muster
