// The kernels of sim/lane_kernels.h, for the instruction set MUSTER_ISA. Included by one file for each of
// them, which see.
#include "sim/lane_kernels.h"
#include "sim/lane_vector.h"

namespace muster::MUSTER_ISA {
namespace {

/// Philox4x32-7, one block a lane; a lane's four words are the low halves of four vectors, whatever is above them. See
/// models/draw.cc.
struct Philox {
  std::uint64_t k0, k1, c1, c2, c3, which;
  explicit Philox(const LaneDraw& d)
      : k0(d.seed & 0xffffffffu), k1(d.seed >> 32), c1(d.place), c2(d.name & 0xffffffffu), c3(d.name >> 32), which(std::uint64_t{d.which} << 30) {}
  MUSTER_LANE void operator()(U block, U& x0, U& x1, U& x2, U& x3) const {
    const U m0 = all(std::uint64_t{0xD2511F53u}), m1 = all(std::uint64_t{0xCD9E8D57u});
    // Of the first round half is the same in all lanes, and the upper halves of what is multiplied do not
    // matter.
    const std::uint64_t b0 = 0xCD9E8D57u * c2;
    std::uint64_t key0 = k0, key1 = k1;
    const U a0 = mul32(either(block, all(which)), m0);
    x0 = all((b0 >> 32) ^ c1 ^ key0);
    x1 = all(b0);
    x2 = odd_one_out(right<32>(a0), all(c3), all(key1));
    x3 = a0;
#pragma GCC unroll 6
    for (int round = 1; round < 7; ++round) {
      key0 = (key0 + 0x9E3779B9u) & 0xffffffffu;
      key1 = (key1 + 0xBB67AE85u) & 0xffffffffu;
      const U a = mul32(x0, m0), b = mul32(x2, m1);
      x0 = odd_one_out(right<32>(b), x1, all(key0));
      x2 = odd_one_out(right<32>(a), x3, all(key1));
      x1 = b;
      x3 = a;
    }
  }
};

void consecutive(const LaneDraw& d, std::uint32_t first, std::uint32_t n, std::uint64_t* out) {
  const Philox philox(d);
  const U low = all(std::uint64_t{0xffffffffu});
  for (std::uint32_t i = 0; i < n; i += 32)
    for (std::uint32_t v = 0; v < 8; v += width) {
      alignas(64) static constexpr std::uint32_t ascending[8] = {0, 1, 2, 3, 4, 5, 6, 7};
      U x0, x1, x2, x3;
      philox(plus(all(std::uint64_t{(first + i) / 4 + v}), widen(ascending)), x0, x1, x2, x3);
      store(out + i + v, both(x0, low));
      store(out + i + v + 8, both(x1, low));
      store(out + i + v + 16, both(x2, low));
      store(out + i + v + 24, both(x3, low));
    }
}

void scattered(const LaneDraw& d, const std::uint32_t* replications, std::uint32_t n, std::uint64_t* out) {
  const Philox philox(d);
  const U zero = all(std::uint64_t{0}), one = all(std::uint64_t{1});
  for (std::uint32_t i = 0; i < n; i += width) {
    const U r = widen(replications + i);
    U x0, x1, x2, x3;
    philox(either(left<3>(right<5>(r)), both(r, all(std::uint64_t{7}))), x0, x1, x2, x3);
    const U odd = minus(zero, both(right<3>(r), one)), second = minus(zero, both(right<4>(r), one));
    store(out + i, both(chosen(second, chosen(odd, x3, x2), chosen(odd, x1, x0)), all(std::uint64_t{0xffffffffu})));
  }
}

/// The row of each word's tail in the table (models/quantile_table.h), and the place in its cell; then the rows. In two goes, since loads
/// that wait for what was stored just before leave no room for anything else.
template <bool adds>
bool quantile(const double* table, const std::uint64_t* word, const double* from, std::uint32_t n, double* out) {
  alignas(64) std::uint64_t row[lanes::capacity];
  alignas(64) double place[lanes::capacity];
  for (std::uint32_t i = 0; i < n; i += width) {
    const U w = load(word + i);
    const D tail = difference(doubles(either(w, all(std::uint64_t{0x4330000000000001u}))), all(0x1p52));
    const U end = both(words(tail), all(std::uint64_t{0xffff000000000000u}));
    store(place + i, difference(tail, doubles(end)));
    store(row + i, either(minus(right<45>(end), all(std::uint64_t{0x3ff0u << 3})), both(left<2>(w), all(std::uint64_t{4}))));
  }
  unsigned marked = 0;
  for (std::uint32_t i = 0; i < n; i += width) {
    D c0, c1, c2, c3;
    rows(table, row + i, c0, c1, c2, c3);
    const D s = load(place + i);
    const D x = sum(c0, product(s, sum(c1, product(s, sum(c2, product(s, c3))))));
    marked |= unordered(x);
    store(out + i, adds ? sum(load(from + i), x) : x);
  }
  return marked != 0;
}

bool quantile(const double* table, const std::uint64_t* word, const double* from, std::uint32_t n, double* out) {
  return from ? quantile<true>(table, word, from, n, out) : quantile<false>(table, word, from, n, out);
}

std::uint32_t heads(const std::uint64_t* word, double probability, std::uint32_t n, std::uint32_t* list, bool& undecided) {
  // Of numbers between 2^52 and 2^53 the lower half is a whole number.
  const D whole = all(0x1p52 + static_cast<double>(static_cast<std::uint64_t>(probability * 0x1p32)));
  std::uint32_t found = 0;
  unsigned equals = 0;
  for (std::uint32_t i = 0; i < n; i += width) {
    const D coin = doubles(either(load(word + i), all(std::uint64_t{0x4330000000000000u})));
    equals |= equal(coin, whole);
    found += note(list + found, less(coin, whole), i);
  }
  while (found > 0 && list[found - 1] >= n) --found;
  undecided = equals != 0;
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

MUSTER_LANE void take(double* const* seats, std::uint32_t count, D until, std::uint32_t i) {
  for (std::uint32_t k = 1; k < count; ++k) {
    const D next = load(seats[k] + i);
    store(seats[k - 1] + i, less_of(until, next));
    until = greater_of(until, next);
  }
  store(seats[count - 1] + i, until);
}

void take(double* const* seats, std::uint32_t count, const double* until, std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; i += width) take(seats, count, load(until + i), i);
}

MUSTER_LANE void take_in(const LanePool& pool, D until, M where, std::uint32_t i) {
  for (std::uint32_t k = 0; k < pool.each; ++k) {
    D x = until;
    for (std::uint32_t seat = 1; seat < pool.count; ++seat) {
      const D next = load(pool.seats[seat] + i);
      store(pool.seats[seat - 1] + i, pick(where, less_of(x, next), load(pool.seats[seat - 1] + i)));
      x = greater_of(x, next);
    }
    store(pool.seats[pool.count - 1] + i, pick(where, x, load(pool.seats[pool.count - 1] + i)));
  }
}

/// Lanes from i as bits in bytes, as LaneRequest has them.
MUSTER_LANE M lanes_in(const std::uint8_t* bytes, std::uint32_t i) { return lanes_of(width == 8 ? bytes[i / 8] : bytes[i / 8] >> i % 8); }
MUSTER_LANE void take_out(std::uint8_t* bytes, std::uint32_t i, M where) {
  bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] & ~(width == 8 ? bits(where) : bits(where) << i % 8));
}

MUSTER_LANE void put_in(std::uint8_t* bytes, std::uint32_t i, M where) {
  const unsigned others = width == 8 ? 0u : bytes[i / 8] & ~(((1u << width) - 1) << i % 8);
  bytes[i / 8] = static_cast<std::uint8_t>(others | (width == 8 ? bits(where) : bits(where) << i % 8));
}

/// Who is served, when, and for how long at first; the last of those marked in a lane is the one.
struct Turn {
  D instant, first, length;  ///< first: when he was ready
  M mine[lanes::most_requests];
};

MUSTER_LANE void choose(Turn& t, const LaneRequest* requests, std::uint32_t count, const LanePool* pools, std::uint32_t i) {
  const D never = all(__builtin_inf());
  D ready[lanes::most_requests], at[lanes::most_requests], instant = never;
  for (std::uint32_t c = 0; c < count; ++c) {
    const LanePool& pool = pools[requests[c].pool];
    ready[c] = pick(lanes_in(requests[c].waits, i), load(requests[c].ready + i), never);
    at[c] = greater_of(ready[c], load(pool.seats[pool.each - 1] + i));
    instant = less_of(instant, at[c]);
  }
  D first = never, length = never;
  M higher = no_lane(), found = no_lane();
  for (std::uint32_t c = 0; c < count; ++c) {
    if (requests[c].outranked) {
      higher = found;
      first = never;
    }
    t.mine[c] = but_not(and_also(no_later(at[c], instant), earlier(ready[c], first)), higher);
    first = pick(t.mine[c], ready[c], first);
    length = pick(t.mine[c], load(requests[c].own + lanes::apart + i), length);
    found = or_else(found, t.mine[c]);
  }
  t.instant = instant;
  t.first = first;
  t.length = length;
}

/// Marks lanes that are not sure, or in which nobody is ready, or would hold seats for no time.
MUSTER_LANE bool doubt(D instant, D end, M not_sure, std::uint32_t i, std::uint32_t n, std::uint8_t* doubtful) {
  bool any = false;
  const unsigned sure = bits(but_not(and_also(earlier(instant, end), earlier(end, all(__builtin_inf()))), not_sure));
  for (unsigned left = ((1u << width) - 1) & ~sure; left != 0; left &= left - 1)
    if (const std::uint32_t lane = i + static_cast<std::uint32_t>(__builtin_ctz(left)); lane < n) {
      doubtful[lane] = 1;
      any = true;
    }
  return any;
}

/// What passes after the first attempt of who is served. Each of the requests holds in its own lanes, so that of each kind of pause or attempt only one is added.
MUSTER_LANE D with_more(const LaneRequest* requests, std::uint32_t count, std::uint32_t mores, const M* mine, D end, std::uint32_t i) {
  for (std::uint32_t k = 0; k < mores; ++k) {
    D more = all(0.0);
    for (std::uint32_t c = 0; c < count; ++c)
      if (k < requests[c].mores) more = pick(mine[c], load(requests[c].own + (2 + k) * lanes::apart + i), more);
    end = sum(end, more);
  }
  return end;
}

/// Lanes in which somebody is served who was ready before whoever was served before; and tells of him.
MUSTER_LANE M are_late(const LaneTurn& turn, const LaneRequest* requests, std::uint32_t count, const M* mine, D first, const LaneTold& told, std::uint32_t i) {
  M late = no_lane();
  if (turn.any_late) {
    for (std::uint32_t c = 0; c < count; ++c)
      if (requests[c].late) late = or_else(late, mine[c]);
    const D before = load(told.ready + i);
    late = and_also(late, or_else(earlier(first, before), and_also(same(first, before), lanes_in(told.yields, i))));
  }
  if (turn.tells) {
    M yields = no_lane();
    for (std::uint32_t c = 0; c < count; ++c)
      if (requests[c].yields) yields = or_else(yields, mine[c]);
    store(told.ready + i, first);
    put_in(told.yields, i, yields);
  }
  return late;
}

MUSTER_LANE std::uint32_t most_mores(const LaneRequest* requests, std::uint32_t count) {
  std::uint32_t most = 0;
  for (std::uint32_t c = 0; c < count; ++c) most = requests[c].mores > most ? requests[c].mores : most;
  return most;
}

bool serve_any(const LaneTurn& turn, const LanePool* pools, std::uint32_t pool_count, const LaneTold& told, std::uint32_t n, std::uint8_t* doubtful) {
  const LaneRequest* const requests = turn.requests;
  const std::uint32_t count = turn.count, mores = most_mores(requests, count);
  bool any = false;
  for (std::uint32_t i = 0; i < n; i += width) {
    Turn t;
    choose(t, requests, count, pools, i);
    D end = sum(t.instant, t.length);
    M later = no_lane();
    for (std::uint32_t c = count; c-- > 0;) {
      t.mine[c] = but_not(t.mine[c], later);
      later = or_else(later, t.mine[c]);
    }
    end = with_more(requests, count, mores, t.mine, end, i);
    for (std::uint32_t p = 0; p < pool_count; ++p) {
      M of_pool = no_lane();
      for (std::uint32_t c = 0; c < count; ++c)
        if (requests[c].pool == p) of_pool = or_else(of_pool, t.mine[c]);
      take_in(pools[p], end, of_pool, i);
    }
    for (std::uint32_t c = 0; c < count; ++c) {
      store_where(t.mine[c], requests[c].own + i, end);
      take_out(requests[c].waits, i, t.mine[c]);
    }
    any |= doubt(t.instant, end, are_late(turn, requests, count, t.mine, t.first, told, i), i, n, doubtful);
  }
  return any;
}

/// Who is alone at his turn is served in every lane.
bool serve_alone(const LaneTurn& turn, const LanePool& pool, const LaneTold& told, std::uint32_t n, std::uint8_t* doubtful) {
  const LaneRequest request = turn.requests[0];
  const bool tells = turn.tells;
  bool any = false;
  for (std::uint32_t i = 0; i < n; i += width) {
    const D ready = load(request.ready + i), instant = greater_of(ready, load(pool.seats[pool.each - 1] + i));
    D end = sum(instant, load(request.own + lanes::apart + i));
    for (std::uint32_t k = 0; k < request.mores; ++k) end = sum(end, load(request.own + (2 + k) * lanes::apart + i));
    for (std::uint32_t k = 0; k < pool.each; ++k) take(pool.seats, pool.count, end, i);
    store(request.own + i, end);
    if (tells) {
      store(told.ready + i, ready);
      if (i % 8 == 0) told.yields[i / 8] = request.yields ? 0xff : 0;
    }
    any |= doubt(instant, end, no_lane(), i, n, doubtful);
  }
  return any;
}

/// Of equal rank, for the same seats: the first to be ready is served, at once or when there are seats.
template <std::uint32_t count>
bool serve_first(const LaneTurn& turn, const LanePool& pool, const LaneTold& told, std::uint32_t n, std::uint8_t* doubtful) {
  const D never = all(__builtin_inf());
  LaneRequest requests[count];
  for (std::uint32_t c = 0; c < count; ++c) requests[c] = turn.requests[c];
  const std::uint32_t mores = most_mores(requests, count);
  const LaneTurn flags = turn;  // nothing that is written to is it
  bool any = false;
  for (std::uint32_t i = 0; i < n; i += width) {
    M mine[count];
    D first = never, length = never;
    for (std::uint32_t c = 0; c < count; ++c) {
      const D ready = pick(lanes_in(requests[c].waits, i), load(requests[c].ready + i), never);
      mine[c] = earlier(ready, first);
      first = less_of(ready, first);
      length = pick(mine[c], load(requests[c].own + lanes::apart + i), length);
    }
    const D instant = greater_of(first, load(pool.seats[pool.each - 1] + i));
    D end = sum(instant, length);
    M later = no_lane();
    for (std::uint32_t c = count; c-- > 0;) {
      mine[c] = but_not(mine[c], later);
      later = or_else(later, mine[c]);
    }
    end = with_more(requests, count, mores, mine, end, i);
    for (std::uint32_t k = 0; k < pool.each; ++k) take(pool.seats, pool.count, end, i);
    for (std::uint32_t c = 0; c < count; ++c) {
      store_where(mine[c], requests[c].own + i, end);
      take_out(requests[c].waits, i, mine[c]);
    }
    any |= doubt(instant, end, are_late(flags, requests, count, mine, first, told, i), i, n, doubtful);
  }
  return any;
}

bool serve(const LaneTurn& turn, const LanePool* pools, std::uint32_t pool_count, const LaneTold& told, std::uint32_t n, std::uint8_t* doubtful) {
  const LaneRequest* requests = turn.requests;
  bool in_line = true;
  for (std::uint32_t c = 1; c < turn.count; ++c) in_line &= !requests[c].outranked && requests[c].pool == requests[0].pool;
  const LanePool& pool = pools[requests[0].pool];
  if (turn.count == 1 && !turn.any_late) return serve_alone(turn, pool, told, n, doubtful);
  constexpr decltype(&serve_first<1>) firsts[] = {serve_first<1>, serve_first<2>, serve_first<3>, serve_first<4>, serve_first<5>, serve_first<6>, serve_first<7>, serve_first<8>};
  if (in_line && turn.count <= 8) return firsts[turn.count - 1](turn, pool, told, n, doubtful);
  return serve_any(turn, pools, pool_count, told, n, doubtful);
}

void latest_of(double* to, const double* const* from, std::uint32_t count, std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; i += width) {
    D last = load(from[0] + i);
    for (std::uint32_t k = 1; k < count; ++k) last = greater_of(last, load(from[k] + i));
    store(to + i, last);
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
  unsigned strange = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const D count = all(static_cast<double>(i + 1));
    for (std::uint32_t v = 0; v < vectors; ++v) {
      const D x = strided(columns + v * width * stride + i, stride);
      const D delta = difference(x, means[v]);
      strange |= unordered(x);
      means[v] = sum(means[v], quotient(delta, count));
      squares[v] = sum(squares[v], product(delta, difference(x, means[v])));
      low[v] = less_of(low[v], x);
      high[v] = greater_of(high[v], x);
    }
  }
  bool finite = strange == 0;
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
const LaneKernels kernels = {consecutive, scattered, quantile, heads, add, add_constant, latest, latest_constant, earliest, take, serve, latest_of, moments};

}  // namespace muster::MUSTER_ISA
