#include <string>

#include "models/distribution.h"
#include "models/elementary.h"
#include "models/units.h"

namespace muster {
namespace {

std::string range(const char* law, double low, double high) {
  return std::string(law) + ", " + human_duration(low) + " to " + human_duration(high);
}
std::string moments(const char* law, double mean, double sd) {
  return std::string(law) + ", mean " + human_duration(mean) + ", sd " + human_duration(sd);
}
std::string percentiles(const char* law, double median, double p95) {
  return std::string(law) + ", median " + human_duration(median) + ", p95 " + human_duration(p95);
}

std::string text(const Constant& l) { return human_duration(l.value); }
std::string text(const Uniform& l) { return range("uniform", l.low, l.high); }
std::string text(const Triangular& l) {
  return range("triangular", l.low, l.high) + ", most likely " + human_duration(l.mode);
}
std::string text(const Pert& l) {
  return range("PERT", l.low, l.high) + ", most likely " + human_duration(l.mode);
}
std::string text(const Exponential& l) { return "exponential, mean " + human_duration(l.mean); }
std::string text(const TruncatedNormal& l) { return moments("normal", l.mean, l.sd); }
std::string text(const Lognormal& l) {
  return percentiles("lognormal", exp_exact(l.mu), Distribution(l).quantile(0.95));
}
std::string text(const Gamma& l) { return moments("gamma", l.shape * l.scale, Distribution(l).sd()); }
std::string text(const Weibull& l) {
  return percentiles("Weibull", Distribution(l).quantile(0.5), Distribution(l).quantile(0.95));
}
std::string text(const Empirical& l) {
  return range(("one of " + std::to_string(l.values.size()) + " values").c_str(), l.values.front(),
               l.values.back());
}
std::string text(const Shifted& l) { return human_duration(l.by) + " plus " + l.of[0].describe(); }
std::string text(const Mixture& l) {
  std::string out = "mixture: ";
  for (std::size_t i = 0; i < l.of.size(); ++i)
    out += (i > 0 ? "; " : "") + human_percent(l.weights[i], 0) + " " + l.of[i].describe();
  return out;
}

}  // namespace

std::string Distribution::describe() const {
  return std::visit([](const auto& l) { return text(l); }, law_);
}

}  // namespace muster
