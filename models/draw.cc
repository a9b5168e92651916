#include "models/draw.h"

#include <algorithm>
#include <cmath>

namespace muster {
namespace {

/// FNV-1a by bytes, then the finaliser of SplitMix64 so that near names are far apart.
std::uint64_t hash_name(std::string_view name) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (unsigned char c : name) h = (h ^ c) * 0x100000001b3u;
  h ^= h >> 30;
  h *= 0xbf58476d1ce4e5b9u;
  h ^= h >> 27;
  h *= 0x94d049bb133111ebu;
  return h ^ (h >> 31);
}

Uniform01 uniform_of(const Draw& d, Word which, Word more) {
  const std::uint32_t w = word(d, which);
  if (!is_extreme(w)) return muster::uniform_of(w);
  const std::uint64_t tail = (std::uint64_t{w >> 1} << 22) | (word(d, more) >> 11 << 1) | 1;
  return {static_cast<double>(tail) * 0x1p-54, (w & 1) != 0};
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * c[0], b = std::uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return c;
}

Stream stream(std::string_view name) { return {hash_name(name)}; }

std::uint32_t word(const Draw& d, Word which) {
  const std::uint64_t name = d.name.name;
  return philox({(static_cast<std::uint32_t>(which) << 30) | block_of(d.replication), d.place, static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(name >> 32)},
                {static_cast<std::uint32_t>(d.seed), static_cast<std::uint32_t>(d.seed >> 32)})[place_in_block(d.replication)];
}

Uniform01 uniform(const Draw& d) { return uniform_of(d, Word::value, Word::more_of_value); }
Uniform01 second_uniform(const Draw& d) { return uniform_of(d, Word::coin, Word::more_of_coin); }

bool heads(const Draw& d, double probability) {
  const double scaled = probability * 0x1p32, whole = std::floor(scaled);
  const double coin = word(d, Word::coin);
  if (coin != whole) return coin < whole;
  return word(d, Word::more_of_coin) < (scaled - whole) * 0x1p32;
}

std::uint64_t seed_of(const Draw& d) { return (std::uint64_t{word(d, Word::more_of_coin)} << 32) | word(d, Word::coin); }

Uniform01 uniform_at(double u) {
  const double least = 0x1p-54, most = 0.5 - 0x1p-54;
  return u < 0.5 ? Uniform01{std::clamp(u, least, most), false} : Uniform01{std::clamp(1.0 - u, least, most), true};
}

}  // namespace muster
