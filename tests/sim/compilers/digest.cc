// What the kernels make of a few tables and draws, in every instruction set of this machine, as digests: builds by different compilers must
// print the same.
#include <cinttypes>
#include <cstdio>
#include <memory>

#include "models/quantile_table.h"
#include "sim/isa.h"

int main() {
  using namespace muster;
  struct Arrays {
    alignas(64) std::uint32_t replications[lanes::capacity];
    alignas(64) std::uint64_t words[lanes::capacity], scattered[lanes::capacity];
    alignas(64) double out[lanes::capacity];
  };
  const auto x = std::make_unique<Arrays>();
  const Distribution laws[] = {Distribution(Lognormal{1, 0.5}), Distribution(Pert{5, 10, 30}), Distribution(Exponential{12}), Distribution(Gamma{0.3, 500})};
  for (const Isa isa : {Isa::sse2, Isa::avx2, Isa::avx512}) {
    if (!present(isa)) continue;
    const LaneKernels& k = lane_kernels(isa);
    std::uint64_t digest = 0xcbf29ce484222325u;
    const auto take = [&](const auto* values, std::size_t n) {
      const auto* bytes = reinterpret_cast<const unsigned char*>(values);
      for (std::size_t i = 0; i < n * sizeof *values; ++i) digest = (digest ^ bytes[i]) * 0x100000001b3u;
    };
    for (const Distribution& law : laws) {
      const QuantileTable table(law);
      for (std::uint32_t round = 0; round < 64; ++round) {
        for (std::uint32_t i = 0; i < lanes::capacity; ++i) x->replications[i] = (round * lanes::capacity + i) * 0x9e3779b9u;
        const LaneDraw d{1999, stream("step/x").name, 0, static_cast<std::uint32_t>(Word::value)};
        k.words(d, round * lanes::capacity, lanes::capacity, x->words);
        k.words_of(d, x->replications, lanes::capacity, x->scattered);
        k.quantile(table.rows(), x->words, nullptr, lanes::capacity, x->out);
        for (std::uint32_t i = 0; i < lanes::capacity; ++i)
          if (x->out[i] != x->out[i]) x->out[i] = table(uniform(draw(d.seed, round * lanes::capacity + i, stream("step/x"))));
        take(x->scattered, lanes::capacity);
        take(x->out, lanes::capacity);
      }
    }
    std::printf("%s %016" PRIx64 "\n", isa_name(isa).c_str(), digest);
  }
}
