// The kernels of sim/lane_kernels.h, for the instruction set MUSTER_ISA. Included by one file for each of
// them, which see.
#include "sim/lane_kernels.h"
#include "sim/lane_vector.h"

namespace muster::MUSTER_ISA {
namespace {

/// Philox4x32-10, one block a lane; a lane's four words are the low halves of four vectors. See
/// models/draw.cc.
struct Philox {
  std::uint64_t k0, k1, c1, c2, c3;
  explicit Philox(const LaneDraw& d)
      : k0(d.seed & 0xffffffffu), k1(d.seed >> 32), c1(d.place), c2(d.name & 0xffffffffu), c3(d.name >> 32) {}
  MUSTER_LANE void operator()(U replication, U& first, U& second) const {
    const U m0 = all(std::uint64_t{0xD2511F53u}), m1 = all(std::uint64_t{0xCD9E8D57u});
    // Of the first round half is the same in all lanes, and the upper halves of what is multiplied do not
    // matter.
    const std::uint64_t b0 = 0xCD9E8D57u * c2;
    std::uint64_t key0 = k0, key1 = k1;
    const U a0 = mul32(replication, m0);
    U x0 = all((b0 >> 32) ^ c1 ^ key0), x1 = all(b0);
    U x2 = odd_one_out(right<32>(a0), all(c3), all(key1)), x3 = a0;
#pragma GCC unroll 9
    for (int round = 1; round < 10; ++round) {
      key0 = (key0 + 0x9E3779B9u) & 0xffffffffu;
      key1 = (key1 + 0xBB67AE85u) & 0xffffffffu;
      const U a = mul32(x0, m0), b = mul32(x2, m1);
      x0 = odd_one_out(right<32>(b), x1, all(key0));
      x2 = odd_one_out(right<32>(a), x3, all(key1));
      x1 = b;
      x3 = a;
    }
    const U low = all(std::uint64_t{0xffffffffu});
    first = either(left<32>(x1), both(x0, low));
    second = either(left<32>(x3), both(x2, low));
  }
};

constexpr std::uint64_t first_cell =
    0x3d70000000000000u >> 48;  // of the tail 2^-40, as in models/quantile_table.h
constexpr std::uint64_t cells_of_a_tail = 39 * 16;

MUSTER_LANE D quantile_of(const double* cells, U bits) {
  const D tail = greater_of(product(converted(either(right<11>(bits), all(std::uint64_t{1}))), all(0x1p-54)),
                            all(0x1p-40));
  const U t = words(tail);
  const U upper = minus(all(std::uint64_t{0}), both(bits, all(std::uint64_t{1})));
  const U cell = plus(minus(right<48>(t), all(first_cell)), both(upper, all(cells_of_a_tail)));
  const D s = difference(doubles(either(both(left<4>(t), all(std::uint64_t{0x000fffffffffffff})),
                                        all(std::uint64_t{0x3ff0000000000000}))),
                         all(1.0));
  D c0, c1, c2, c3;
  rows(cells, cell, c0, c1, c2, c3);
  return sum(c0, product(s, sum(c1, product(s, sum(c2, product(s, c3))))));
}

void bits(const LaneDraw& d, const std::uint32_t* replications, std::uint32_t n, std::uint64_t* first,
          std::uint64_t* second) {
  const Philox philox(d);
  for (std::uint32_t i = 0; i < n; i += width) {
    U a, b;
    philox(widen(replications + i), a, b);
    store(first + i, a);
    if (second) store(second + i, b);
  }
}

bool quantile(const double* cells, const std::uint64_t* first, std::uint32_t n, double* out) {
  unsigned marked = 0;
  for (std::uint32_t i = 0; i < n; i += width) {
    const D x = quantile_of(cells, load(first + i));
    marked |= unordered(x);
    store(out + i, x);
  }
  return marked != 0;
}

bool sample(const LaneDraw& d, const double* cells, const std::uint32_t* replications, std::uint32_t n,
            double* out, std::uint64_t* second) {
  const Philox philox(d);
  unsigned marked = 0;
  for (std::uint32_t i = 0; i < n; i += width) {
    U a, b;
    philox(widen(replications + i), a, b);
    const D x = quantile_of(cells, a);
    marked |= unordered(x);
    store(out + i, x);
    if (second) store(second + i, b);
  }
  return marked != 0;
}

std::uint32_t heads(const std::uint64_t* second, double probability, std::uint32_t n, std::uint32_t* list) {
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < n; i += width) {
    unsigned mask = less(product(converted(right<11>(load(second + i))), all(0x1p-53)), all(probability));
    for (; mask != 0; mask &= mask - 1) list[found++] = i + static_cast<std::uint32_t>(__builtin_ctz(mask));
  }
  while (found > 0 && list[found - 1] >= n) --found;
  return found;
}

void add(double* to, const double* a, const double* b, std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; i += width) store(to + i, sum(load(a + i), load(b + i)));
}
void add_constant(double* to, const double* a, double b, std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; i += width) store(to + i, sum(load(a + i), all(b)));
}
void latest(double* to, const double* a, const double* b, std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; i += width) store(to + i, greater_of(load(a + i), load(b + i)));
}
void latest_constant(double* to, const double* a, double b, std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; i += width) store(to + i, greater_of(load(a + i), all(b)));
}
void earliest(double* to, const double* a, const double* b, std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; i += width) store(to + i, less_of(load(a + i), load(b + i)));
}

void take(double* const* seats, std::uint32_t count, const double* until, std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; i += width) {
    D x = load(until + i);
    for (std::uint32_t k = 1; k < count; ++k) {
      const D next = load(seats[k] + i);
      store(seats[k - 1] + i, less_of(x, next));
      x = greater_of(x, next);
    }
    store(seats[count - 1] + i, x);
  }
}

/// Eight independent recursions side by side, since each by itself waits for a division at every value.
bool moments(const double* columns, std::uint64_t stride, std::uint32_t n, double* mean, double* m2,
             double* least, double* greatest) {
  constexpr std::uint32_t vectors = 8 / width;
  D means[vectors], squares[vectors], low[vectors], high[vectors];
  for (std::uint32_t v = 0; v < vectors; ++v) {
    means[v] = squares[v] = all(0.0);
    low[v] = all(__builtin_inf());
    high[v] = all(-__builtin_inf());
  }
  for (std::uint32_t i = 0; i < n; ++i) {
    const D count = all(static_cast<double>(i + 1));
    for (std::uint32_t v = 0; v < vectors; ++v) {
      const D x = strided(columns + v * width * stride + i, stride);
      const D delta = difference(x, means[v]);
      means[v] = sum(means[v], quotient(delta, count));
      squares[v] = sum(squares[v], product(delta, difference(x, means[v])));
      low[v] = less_of(low[v], x);
      high[v] = greater_of(high[v], x);
    }
  }
  bool finite = true;
  for (std::uint32_t v = 0; v < vectors; ++v) {
    store(mean + v * width, means[v]);
    store(m2 + v * width, squares[v]);
    store(least + v * width, low[v]);
    store(greatest + v * width, high[v]);
  }
  for (std::uint32_t k = 0; k < 8; ++k) finite &= greatest[k] < __builtin_inf();
  return finite;
}

}  // namespace

extern const LaneKernels kernels;
const LaneKernels kernels = {bits,   quantile,        sample,   heads, add,    add_constant,
                             latest, latest_constant, earliest, take,  moments};

}  // namespace muster::MUSTER_ISA
