#include "models/quantile_table.h"

#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "models/elementary.h"

namespace muster {
namespace {

constexpr int cells = QuantileTable::cells;
constexpr double tolerance = 1e-6;

/// The quantile function at the lower end of each cell, and its derivative by the tail; one node more at the
/// end, 1/2.
struct Node {
  double x, slope;
};
using Nodes = std::array<Node, cells + 1>;

double tail_of(int node) {
  const auto first = std::bit_cast<std::uint64_t>(QuantileTable::smallest_tail);
  return std::bit_cast<double>(first + (static_cast<std::uint64_t>(node) << 48));
}

/// Where quantiles are in closed form.
void evaluate(const Distribution& d, bool upper, Nodes& nodes) {
  const double sign = upper ? -1 : 1;
  for (int i = 0; i <= cells; ++i) {
    nodes[i].x = d.quantile(Uniform01{tail_of(i), upper});
    nodes[i].slope = sign / d.density(nodes[i].x);
  }
}

struct TailAndDensity {
  double tail, density;
};

/// Where only tails are in closed form: from 1/2 down, by the quantile function in the logarithms of tail and
/// x, in which it is nearly straight. The cubic through the last two nodes foretells the next; the tail found
/// there then corrects it, to third order. Where that does not settle (kinks and jumps of mixtures), `exact`
/// gives x at a tail.
template <class At, class Exact>
class Walk {
 public:
  Walk(At at, Exact exact, bool upper, Nodes& nodes)
      : at_(at), exact_(exact), sign_(upper ? -1 : 1), nodes_(nodes) {}

  void run() {
    for (int j = 1; j <= 16; ++j) steps_[j % 16] = log1p_exact(-1.0 / (16 + j));
    for (int i = cells; i >= 0; --i) {
      if (sign_ > 0 && i < cells && x_ < 1e-280) {
        nodes_[i] = {0, 0};  // a gamma of a tiny shape
        continue;
      }
      const double v = tail_of(i), h = steps_[(i + 1) % 16];
      if (i > cells - 2 || !foretold(v, h)) start_anew(v, i < cells);
      last_step_ = h;
      nodes_[i] = {x_, elasticity_ * x_ / v};
    }
  }

 private:
  /// d log x / d log tail.
  double elasticity(const TailAndDensity& t, double x) const { return sign_ * t.tail / (x * t.density); }

  void start_anew(double v, bool has_last) {
    const double x = exact_(v);
    rise_ = has_last ? log_exact(x / x_) : 0;
    last_elasticity_ = elasticity_;
    elasticity_ = sign_ * v / (x * at_(x).density);
    x_ = x;
  }

  bool foretold(double v, double h) {
    const double m0 = elasticity_ * last_step_, m1 = last_elasticity_ * last_step_;
    const double c3 = m1 + m0 - 2 * rise_, c2 = c3 + m0 - rise_, s = h / last_step_;
    const double bend = (c2 + 3 * s * c3) / (last_step_ * last_step_);  // half of d elasticity / d log tail
    double rise = s * (m0 + s * (c2 + s * c3));
    for (int i = 0; i < 4; ++i) {
      const double x = x_ + x_ * expm1_exact(rise);
      const TailAndDensity t = at_(x);
      const double off = log_exact(v / t.tail), m = elasticity(t, x);
      const double more = off * (m + off * bend);
      if (!(std::fabs(off) < 0.02 && std::fabs(more) < 0.02)) return false;
      rise += more;
      if (std::fabs(off) > 2e-5) continue;
      x_ = x + x * (more * (1 + more / 2));
      rise_ = rise;
      last_elasticity_ = elasticity_;
      elasticity_ = m + 2 * bend * off;
      return true;
    }
    return false;
  }

  At at_;
  Exact exact_;
  double sign_;
  Nodes& nodes_;
  std::array<double, 16> steps_;  // log(tail of node i - 1 / tail of node i) by (i modulo 16)
  double x_ = 0, elasticity_ = 0, last_elasticity_ = 0, rise_ = 0, last_step_ = 0;
};

void fill(const Distribution& d, bool upper, Nodes& nodes);

void fill(const auto&, const Distribution& d, bool upper, Nodes& nodes) { evaluate(d, upper, nodes); }

void fill(const Gamma& l, const Distribution&, bool upper, Nodes& nodes) {
  const IncompleteGamma gamma(l.shape);
  auto at = [&](double x) {
    const Tails t = gamma.at(x);
    return TailAndDensity{upper ? t.upper : t.lower, t.density};
  };
  Walk(
      at, [&](double v) { return gamma.inverse(v, upper); }, upper, nodes)
      .run();
  for (Node& n : nodes) n = {l.scale * n.x, l.scale * n.slope};
}

// Either end of the support is the zero of a beta law.
void fill(const Pert& l, const Distribution&, bool upper, Nodes& nodes) {
  const auto [a, b] = beta_shape(l);
  const IncompleteBeta beta(upper ? b : a, upper ? a : b);
  auto at = [&](double x) {
    const Tails t = beta.at(x);
    return TailAndDensity{t.lower, t.density};
  };
  Walk(
      at, [&](double v) { return beta.inverse(v); }, false, nodes)
      .run();
  const double end = upper ? l.high : l.low, width = upper ? l.low - l.high : l.high - l.low;
  for (Node& n : nodes) n = {end + width * n.x, width * n.slope};
}

void fill(const Mixture&, const Distribution& d, bool upper, Nodes& nodes) {
  auto at = [&](double x) { return TailAndDensity{upper ? d.survival(x) : d.cdf(x), d.density(x)}; };
  Walk(
      at,
      [&](double v) {
        return d.quantile(Uniform01{v, upper});
      },
      upper, nodes)
      .run();
}

void fill(const Shifted& l, const Distribution&, bool upper, Nodes& nodes) {
  fill(l.of[0], upper, nodes);
  for (Node& n : nodes) n.x += l.by;
}

void fill(const Distribution& d, bool upper, Nodes& nodes) {
  std::visit([&](const auto& l) { fill(l, d, upper, nodes); }, d.law());
}

struct Cubic {
  double c[4];
  double operator()(double s) const { return c[0] + s * (c[1] + s * (c[2] + s * c[3])); }
};

/// Hermite's cubic, its end slopes cut to at most three times the secant's: then it is monotone (Fritsch and
/// Carlson).
Cubic hermite(const Node& from, const Node& to, double width) {
  const double rise = to.x - from.x;
  auto slope = [&](double given) {
    const double ratio = given * width / rise;
    return (ratio > 0 ? std::min(ratio, 3.0) : 0.0) * rise;
  };
  const double a = rise == 0 ? 0 : slope(from.slope), b = rise == 0 ? 0 : slope(to.slope);
  return {{from.x, a, 3 * rise - 2 * a - b, a + b - 2 * rise}};
}

bool smooth(const Distribution& d) {
  if (const auto* shifted = std::get_if<Shifted>(&d.law())) return smooth(shifted->of[0]);
  return !std::holds_alternative<Mixture>(d.law());
}

/// Lays cells into a table; see models/quantile_table.h for their form.
class Layout {
 public:
  Layout(const Distribution& of, AlignedDoubles& cubic)
      : of_(of), sd_(of.sd()), smooth_(smooth(of)), cubic_(cubic) {}
  double exact_share() const { return exact_share_; }

  /// Cells between consecutive nodes, whose tails are `tails`, at `index` of the table, and then every `stride` numbers.
  void lay(std::span<const Node> nodes, std::span<const double> tails, bool upper, std::size_t index, std::size_t stride, int level) {
    const std::size_t n = nodes.size() - 1;
    auto width = [&](std::size_t i) { return tails[i + 1] - tails[i]; };
    std::vector<Cubic> cubics(n);
    for (std::size_t i = 0; i < n; ++i) {
      cubics[i] = hermite(nodes[i], nodes[i + 1], width(i));
      put(index + stride * i, cubics[i], width(i));
    }
    std::vector<std::size_t> failed;  // largest tails first, for what may be refined is limited
    for (std::size_t i = n; i-- > 0;) {
      const Cubic& own = cubics[i];
      const double allowed = 0.9 * tolerance * std::max(std::min(nodes[i].x, nodes[i + 1].x), sd_);
      const std::size_t below = i > 0 ? i - 1 : 1, above = i < n - 1 ? i + 1 : i - 1;
      if (level > 0 || suspect(own, width(i), cubics[below], width(below), allowed) ||
          suspect(own, width(i), cubics[above], width(above), allowed))
        if (!keeps_tolerance(own, upper, tails[i], width(i), allowed)) failed.push_back(i);
    }
    for (std::size_t i : failed) mark(index + stride * i, nodes.subspan(i, 2), tails[i], width(i), upper, level);
  }

 private:
  /// In units of the tail instead of the cell's width, which is a power of two: nothing is rounded.
  void put(std::size_t index, const Cubic& cubic, double width) {
    double scale = 1;
    for (std::size_t k = 0; k < 4; ++k, scale *= QuantileTable::unit / width) cubic_[index + k] = cubic.c[k] * scale;
  }

  /// Whether the cubic may be too far off: the interpolation error is width^4 x/384, and x follows from the
  /// third derivatives of neighbours; much more of it may hide where a mixture has a kink or worse.
  bool suspect(const Cubic& cubic, double width, const Cubic& neighbour, double its_width,
               double allowed) const {
    const double ratio = width / its_width, bend = cubic.c[3] - neighbour.c[3] * (ratio * ratio * ratio);
    return !(std::fabs(bend) * 6 / 384 * (smooth_ ? 6 : 30) <= allowed);
  }

  /// By tails a little below and above, which are cheaper than a quantile.
  bool keeps_tolerance(const Cubic& cubic, bool upper, double from, double width, double allowed) const {
    for (double s : {0.5, 0.12, 0.31, 0.69, 0.88}) {
      const double tail = from + s * width, x = cubic(s);
      if (upper && !(of_.survival(x + allowed) <= tail && of_.survival(x - allowed) > tail)) return false;
      if (!upper && !(of_.cdf(x + allowed) >= tail && of_.cdf(x - allowed) < tail)) return false;
    }
    return true;
  }

  void mark(std::size_t index, std::span<const Node> ends, double from, double width, bool upper, int level) {
    cubic_[index] = std::numeric_limits<double>::quiet_NaN();
    cubic_[index + 1] = -1;
    if (level == 3 || groups_left_ == 0) {
      exact_share_ += width;
      return;
    }
    --groups_left_;
    const std::size_t group = cubic_.size();
    cubic_[index + 1] = static_cast<double>(group);
    cubic_.resize(group + 4 * 16);
    std::array<Node, 17> nodes;
    std::array<double, 17> tails;
    for (std::size_t i = 0; i <= 16; ++i) {
      tails[i] = from + static_cast<double>(i) / 16 * width;
      nodes[i] = i == 0 ? ends[0] : i == 16 ? ends[1] : node_at(tails[i], upper);
    }
    lay(nodes, tails, upper, group, 4, level + 1);
  }

  Node node_at(double tail, bool upper) const {
    const double x = of_.quantile(Uniform01{tail, upper});
    return {x, (upper ? -1 : 1) / of_.density(x)};
  }

  const Distribution& of_;
  double sd_;
  bool smooth_;
  AlignedDoubles& cubic_;
  int groups_left_ = 48;
  double exact_share_ = 2 * QuantileTable::smallest_tail;
};

}  // namespace

QuantileTable::QuantileTable(const Distribution& of) : of_(of) {
  if (of.is_constant() || std::holds_alternative<Empirical>(of.law())) return;
  tabulated_ = true;
  cubic_.assign(std::size_t{2} * 4 * 16 * (octaves_below + octaves), std::numeric_limits<double>::quiet_NaN());
  Nodes nodes;
  std::array<double, cells + 1> tails;
  for (int i = 0; i <= cells; ++i) tails[i] = tail_of(i);
  Layout layout(of, cubic_);
  for (bool upper : {false, true}) {
    fill(of, upper, nodes);
    nodes.front().x = of.quantile(Uniform01{tails[0], upper});  // where exact answers begin
    layout.lay(nodes, tails, upper, std::size_t{2} * 4 * 16 * octaves_below + (upper ? 4 : 0), 8, 0);
  }
  exact_share_ = layout.exact_share();
  cubic_.shrink_to_fit();
}

/// Four more bits of the tail number the finer cell.
double QuantileTable::refined(Uniform01 u, double tail, const double* c) const {
  const auto bits = std::bit_cast<std::uint64_t>(tail);
  int below = 48;  // bits that tell the place in the cell
  while (c[0] != c[0]) {
    if (c[1] < 0) return of_.quantile(u);
    below -= 4;
    c = cubic_.data() + static_cast<std::size_t>(c[1]) + 4 * ((bits >> below) & 15);
  }
  const double s = tail - std::bit_cast<double>(bits >> below << below);
  return c[0] + s * (c[1] + s * (c[2] + s * c[3]));
}

}  // namespace muster
