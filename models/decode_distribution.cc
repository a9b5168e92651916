#include <stdexcept>

#include "models/decode.h"
#include "models/scalars.h"
#include "models/units.h"

namespace muster {
namespace {

std::optional<double> duration(const View& map, std::string_view key) { return quantity_field(map, key, parse_duration); }

std::optional<std::vector<double>> durations(const View& list) {
  std::vector<double> values;
  bool complete = list->kind == Node::Kind::list;
  each_item(list, [&](const View& item) {
    try {
      values.push_back(parse_duration(item->text));
      complete = complete && item->is_scalar();
    } catch (const std::invalid_argument&) {
      complete = false;
    }
  });
  if (!complete) return {};
  return values;
}

using Law = std::optional<Distribution>;

Law uniform_law(const View& value) {
  auto v = durations(value);
  if (!v || v->size() != 2) return {};
  return Distribution(Uniform{(*v)[0], (*v)[1]});
}

template <typename ThreePoint>
Law three_point(const View& value) {
  auto v = durations(value);
  if (!v || v->size() != 3) return {};
  return Distribution(ThreePoint{(*v)[0], (*v)[1], (*v)[2]});
}

struct Percentile {
  double p, x;
};
std::vector<Percentile> percentiles(const View& value) {
  std::vector<Percentile> found;
  for (auto [key, p] : {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}})
    if (auto x = duration(value, key)) found.push_back({p, *x});
  return found;
}

Law lognormal_law(const View& value) {
  auto p = percentiles(value);
  auto median = duration(value, "median"), mean = duration(value, "mean"), sd = duration(value, "sd");
  auto sigma = number_field(value, "sigma");
  if (p.size() == 2) return Distribution(lognormal_of_percentiles(p[0].p, p[0].x, p[1].p, p[1].x));
  if (median && sigma) return Distribution(lognormal_of_median(*median, *sigma));
  if (mean && sd) return Distribution(lognormal_of_moments(*mean, *sd));
  return {};
}

Law gamma_law(const View& value) {
  auto mean = duration(value, "mean"), sd = duration(value, "sd");
  auto shape = number_field(value, "shape");
  if (mean && shape) return Distribution(gamma_of_shape(*shape, *mean));
  if (mean && sd) return Distribution(gamma_of_moments(*mean, *sd));
  return {};
}

Law weibull_law(const View& value) {
  auto p = percentiles(value);
  auto shape = number_field(value, "shape");
  auto scale = duration(value, "scale");
  if (p.size() == 2) return Distribution(weibull_of_percentiles(p[0].p, p[0].x, p[1].p, p[1].x));
  if (shape && scale) return Distribution(Weibull{*shape, *scale});
  return {};
}

Law table_law(const View& value, Decoding& decoding) {
  std::string file = text_field(value, "file"), column = text_field(value, "column"), unit = text_field(value, "unit");
  if (file.empty() || column.empty() || unit.empty()) return {};
  try {
    const auto& values = decoding.tables.column(file, column, parse_duration("1" + unit));
    decoding.tables.spend(file, values.size());
    return Distribution(Empirical{values});
  } catch (const InvalidInput& wrong) {
    for (const Problem& problem : wrong.problems()) decoding.findings.error_in(problem.file, problem.line, value, problem.message);
    return {};
  }
}

Law empirical_law(const View& value, Decoding& decoding) {
  if (value->kind == Node::Kind::map) return table_law(value, decoding);
  auto v = durations(value);
  if (!v || v->empty()) return {};
  return Distribution(Empirical{*std::move(v)});
}

Law mixture_law(const View& value, Decoding& decoding) {
  Mixture mixture;
  bool complete = value->kind == Node::Kind::list && !value->items.empty();
  each_item(value, [&](const View& item) {
    auto weight = number_field(item, "weight");
    auto of = distribution_field(item, "of", decoding);
    complete = complete && weight && of;
    if (!complete) return;
    mixture.weights.push_back(*weight);
    mixture.of.push_back(*of);
  });
  if (!complete) return {};
  return Distribution(std::move(mixture));
}

Law shifted_law(const View& value, Decoding& decoding) {
  auto by = duration(value, "by");
  auto of = distribution_field(value, "of", decoding);
  if (!by || !of) return {};
  return Distribution(Shifted{*by, {*of}});
}

Law normal_law(const View& value) {
  auto mean = duration(value, "mean"), sd = duration(value, "sd");
  if (!mean || !sd) return {};
  return Distribution(TruncatedNormal{*mean, *sd});
}

Law exponential_law(const View& value) {
  auto mean = duration(value, "mean");
  if (!mean) return {};
  return Distribution(Exponential{*mean});
}

Law law_of(const View& value, Decoding& decoding) {
  const std::string_view tag = value.key;
  if (tag == "uniform") return uniform_law(value);
  if (tag == "triangular") return three_point<Triangular>(value);
  if (tag == "pert") return three_point<Pert>(value);
  if (tag == "exponential") return exponential_law(value);
  if (tag == "normal") return normal_law(value);
  if (tag == "lognormal") return lognormal_law(value);
  if (tag == "gamma") return gamma_law(value);
  if (tag == "weibull") return weibull_law(value);
  if (tag == "empirical") return empirical_law(value, decoding);
  if (tag == "mixture") return mixture_law(value, decoding);
  if (tag == "shifted") return shifted_law(value, decoding);
  return {};
}

}  // namespace

std::optional<Distribution> decode_distribution(const View& value, Decoding& decoding) {
  if (value->is_scalar()) {
    try {
      return Distribution(Constant{parse_duration(value->text)});
    } catch (const std::invalid_argument&) {
      return {};
    }
  }
  std::optional<Distribution> found;
  each_member(value, [&](const View& member) {
    if (found) return;
    try {
      found = law_of(member, decoding);
    } catch (const std::invalid_argument& wrong) {
      if (decoding.findings.clean(member.pointer())) decoding.findings.error(member, wrong.what());
    }
  });
  return found;
}

std::optional<Response> decode_response(const View& value, Decoding& decoding) {
  auto on_hours = field(value, "on-hours");
  if (!on_hours) {
    auto always = decode_distribution(value, decoding);
    if (!always) return {};
    return Response{*always, *always, false};
  }
  auto on = decode_distribution(*on_hours, decoding);
  if (!on) return {};
  Response response{*on, *on, false};
  auto off_hours = field(value, "off-hours");
  if (!off_hours) return response;
  response.absent_off_hours = (*off_hours)->is_scalar() && (*off_hours)->text == "absent";
  if (response.absent_off_hours) return response;
  auto off = decode_distribution(*off_hours, decoding);
  if (!off) return {};
  response.off_hours = *off;
  return response;
}

}  // namespace muster
