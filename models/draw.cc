#include "models/draw.h"

#include <algorithm>

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

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * c[0], b = std::uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return c;
}

Stream stream(std::string_view name) { return {hash_name(name)}; }

Bits draw(std::uint64_t seed, std::uint32_t replication, Stream name, std::uint32_t attempt, std::uint32_t part) {
  const auto r = philox({replication, (attempt << 12) | (part & 0xfffu), static_cast<std::uint32_t>(name.name),
                         static_cast<std::uint32_t>(name.name >> 32)},
                        {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return {(std::uint64_t{r[1]} << 32) | r[0], (std::uint64_t{r[3]} << 32) | r[2]};
}

Uniform01 uniform_at(double u) {
  const double least = 0x1p-54, most = 0.5 - 0x1p-54;
  return u < 0.5 ? Uniform01{std::clamp(u, least, most), false} : Uniform01{std::clamp(1.0 - u, least, most), true};
}

}  // namespace muster
