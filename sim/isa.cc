#include "sim/isa.h"

#include <stdexcept>

namespace muster {
namespace sse2 {
extern const LaneKernels kernels;
}
namespace avx2 {
extern const LaneKernels kernels;
}
namespace avx512 {
extern const LaneKernels kernels;
}

const std::vector<std::string>& isa_names() {
  static const std::vector<std::string> names = {"sse2", "avx2", "avx512"};
  return names;
}

std::string isa_name(Isa isa) { return isa_names()[static_cast<std::size_t>(isa)]; }

bool present(Isa isa) {
  switch (isa) {
    case Isa::sse2:
      return true;
    case Isa::avx2:
      return __builtin_cpu_supports("avx2");
    case Isa::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
  }
  return false;
}

Isa best_isa() { return present(Isa::avx512) ? Isa::avx512 : present(Isa::avx2) ? Isa::avx2 : Isa::sse2; }

const LaneKernels& lane_kernels(Isa isa) {
  if (!present(isa)) throw std::logic_error("this machine has no " + isa_name(isa));
  return isa == Isa::avx512 ? avx512::kernels : isa == Isa::avx2 ? avx2::kernels : sse2::kernels;
}

}  // namespace muster
