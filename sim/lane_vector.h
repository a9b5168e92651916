// A vector of doubles and one of 64-bit words, in the instruction set that the file which includes this is
// compiled for. Everything is in a namespace of that instruction set, and nothing else may be included by
// such a file: an inline function that two of them share would be compiled for the greater set, and run on a
// machine that has only the lesser.
#include <immintrin.h>

#include <cstdint>

#define MUSTER_LANE inline __attribute__((always_inline))

namespace muster::MUSTER_ISA {

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
inline constexpr std::uint32_t width = 8;
using D = __m512d;
using U = __m512i;
using M = __mmask8;  ///< a truth for each lane
MUSTER_LANE D load(const double* p) { return _mm512_load_pd(p); }
MUSTER_LANE void store(double* p, D x) { _mm512_store_pd(p, x); }
MUSTER_LANE U load(const std::uint64_t* p) { return _mm512_load_si512(p); }
MUSTER_LANE void store(std::uint64_t* p, U x) { _mm512_store_si512(p, x); }
MUSTER_LANE U widen(const std::uint32_t* p) {
  return _mm512_cvtepu32_epi64(_mm256_load_si256(reinterpret_cast<const __m256i*>(p)));
}
MUSTER_LANE D all(double x) { return _mm512_set1_pd(x); }
MUSTER_LANE U all(std::uint64_t x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
MUSTER_LANE D sum(D a, D b) { return _mm512_add_pd(a, b); }
MUSTER_LANE D difference(D a, D b) { return _mm512_sub_pd(a, b); }
MUSTER_LANE D product(D a, D b) { return _mm512_mul_pd(a, b); }
MUSTER_LANE D quotient(D a, D b) { return _mm512_div_pd(a, b); }
MUSTER_LANE D strided(const double* p, std::uint64_t s) {
  return _mm512_setr_pd(p[0], p[s], p[2 * s], p[3 * s], p[4 * s], p[5 * s], p[6 * s], p[7 * s]);
}
MUSTER_LANE D greater_of(D a, D b) { return _mm512_max_pd(a, b); }
MUSTER_LANE D less_of(D a, D b) { return _mm512_min_pd(a, b); }
MUSTER_LANE U mul32(U a, U b) { return _mm512_mul_epu32(a, b); }
MUSTER_LANE U plus(U a, U b) { return _mm512_add_epi64(a, b); }
MUSTER_LANE U minus(U a, U b) { return _mm512_sub_epi64(a, b); }
MUSTER_LANE U both(U a, U b) { return _mm512_and_si512(a, b); }
MUSTER_LANE U either(U a, U b) { return _mm512_or_si512(a, b); }
MUSTER_LANE U odd_one_out(U a, U b, U c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
template <int n>
MUSTER_LANE U right(U a) {
  return _mm512_srli_epi64(a, n);
}
template <int n>
MUSTER_LANE U left(U a) {
  return _mm512_slli_epi64(a, n);
}
MUSTER_LANE U words(D x) { return _mm512_castpd_si512(x); }
MUSTER_LANE D doubles(U x) { return _mm512_castsi512_pd(x); }
MUSTER_LANE U chosen(U mask, U a, U b) { return _mm512_ternarylogic_epi64(mask, a, b, 0xca); }  ///< a where the bits of the mask are set
MUSTER_LANE unsigned less(D a, D b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
MUSTER_LANE unsigned equal(D a, D b) { return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ); }
MUSTER_LANE unsigned unordered(D a) { return _mm512_cmp_pd_mask(a, a, _CMP_UNORD_Q); }
MUSTER_LANE M no_lane() { return 0; }
MUSTER_LANE M earlier(D a, D b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
MUSTER_LANE M no_later(D a, D b) { return _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ); }
MUSTER_LANE M same(D a, D b) { return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ); }
MUSTER_LANE M and_also(M a, M b) { return _kand_mask8(a, b); }  // compilers take masks to other registers and back for plain operators
MUSTER_LANE M or_else(M a, M b) { return _kor_mask8(a, b); }
MUSTER_LANE M but_not(M a, M b) { return _kandn_mask8(b, a); }
MUSTER_LANE unsigned bits(M a) { return a; }
MUSTER_LANE M lanes_of(unsigned bits) { return static_cast<M>(bits); }
MUSTER_LANE D pick(M where, D a, D b) { return _mm512_mask_blend_pd(where, b, a); }  ///< a there, else b
MUSTER_LANE void store_where(M where, double* p, D x) { _mm512_mask_store_pd(p, where, x); }
/// Writes first + k for each bit k that is set, ascending, and what it likes after that, up to eight in all; returns how many there are.
MUSTER_LANE std::uint32_t note(std::uint32_t* to, unsigned bits, std::uint32_t first) {
  const __m256i places = _mm256_add_epi32(_mm256_set1_epi32(static_cast<int>(first)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_maskz_compress_epi32(static_cast<M>(bits), places));
  return static_cast<std::uint32_t>(__builtin_popcount(bits));
}
/// Rows of four doubles that begin at base[index[0]], base[index[1]], ..., as four columns.
MUSTER_LANE void rows(const double* base, const std::uint64_t* i, D& c0, D& c1, D& c2, D& c3) {
  const auto pair = [&](int k, int l) {
    return _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_load_pd(base + i[k])),
                              _mm256_load_pd(base + i[l]), 1);
  };
  const D a = pair(0, 2), b = pair(1, 3), c = pair(4, 6), d = pair(5, 7);
  const D ab = _mm512_unpacklo_pd(a, b), cd = _mm512_unpacklo_pd(c, d), AB = _mm512_unpackhi_pd(a, b),
          CD = _mm512_unpackhi_pd(c, d);
  c0 = _mm512_shuffle_f64x2(ab, cd, 0x88);
  c1 = _mm512_shuffle_f64x2(AB, CD, 0x88);
  c2 = _mm512_shuffle_f64x2(ab, cd, 0xdd);
  c3 = _mm512_shuffle_f64x2(AB, CD, 0xdd);
}
#elif defined(__AVX2__)
inline constexpr std::uint32_t width = 4;
using D = __m256d;
using U = __m256i;
using M = __m256d;
MUSTER_LANE D load(const double* p) { return _mm256_load_pd(p); }
MUSTER_LANE void store(double* p, D x) { _mm256_store_pd(p, x); }
MUSTER_LANE U load(const std::uint64_t* p) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(p)); }
MUSTER_LANE void store(std::uint64_t* p, U x) { _mm256_store_si256(reinterpret_cast<__m256i*>(p), x); }
MUSTER_LANE U widen(const std::uint32_t* p) {
  return _mm256_cvtepu32_epi64(_mm_load_si128(reinterpret_cast<const __m128i*>(p)));
}
MUSTER_LANE D all(double x) { return _mm256_set1_pd(x); }
MUSTER_LANE U all(std::uint64_t x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
MUSTER_LANE D sum(D a, D b) { return _mm256_add_pd(a, b); }
MUSTER_LANE D difference(D a, D b) { return _mm256_sub_pd(a, b); }
MUSTER_LANE D product(D a, D b) { return _mm256_mul_pd(a, b); }
MUSTER_LANE D quotient(D a, D b) { return _mm256_div_pd(a, b); }
MUSTER_LANE D strided(const double* p, std::uint64_t s) {
  return _mm256_setr_pd(p[0], p[s], p[2 * s], p[3 * s]);
}
MUSTER_LANE D greater_of(D a, D b) { return _mm256_max_pd(a, b); }
MUSTER_LANE D less_of(D a, D b) { return _mm256_min_pd(a, b); }
MUSTER_LANE U mul32(U a, U b) { return _mm256_mul_epu32(a, b); }
MUSTER_LANE U plus(U a, U b) { return _mm256_add_epi64(a, b); }
MUSTER_LANE U minus(U a, U b) { return _mm256_sub_epi64(a, b); }
MUSTER_LANE U both(U a, U b) { return _mm256_and_si256(a, b); }
MUSTER_LANE U either(U a, U b) { return _mm256_or_si256(a, b); }
MUSTER_LANE U odd_one_out(U a, U b, U c) { return _mm256_xor_si256(_mm256_xor_si256(a, c), b); }
template <int n>
MUSTER_LANE U right(U a) {
  return _mm256_srli_epi64(a, n);
}
template <int n>
MUSTER_LANE U left(U a) {
  return _mm256_slli_epi64(a, n);
}
MUSTER_LANE U words(D x) { return _mm256_castpd_si256(x); }
MUSTER_LANE D doubles(U x) { return _mm256_castsi256_pd(x); }
MUSTER_LANE U chosen(U mask, U a, U b) { return _mm256_or_si256(_mm256_and_si256(mask, a), _mm256_andnot_si256(mask, b)); }
MUSTER_LANE unsigned less(D a, D b) {
  return static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LT_OQ)));
}
MUSTER_LANE unsigned equal(D a, D b) {
  return static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_EQ_OQ)));
}
MUSTER_LANE unsigned unordered(D a) {
  return static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(a, a, _CMP_UNORD_Q)));
}
MUSTER_LANE M no_lane() { return _mm256_setzero_pd(); }
MUSTER_LANE M earlier(D a, D b) { return _mm256_cmp_pd(a, b, _CMP_LT_OQ); }
MUSTER_LANE M no_later(D a, D b) { return _mm256_cmp_pd(a, b, _CMP_LE_OQ); }
MUSTER_LANE M same(D a, D b) { return _mm256_cmp_pd(a, b, _CMP_EQ_OQ); }
MUSTER_LANE M and_also(M a, M b) { return _mm256_and_pd(a, b); }
MUSTER_LANE M or_else(M a, M b) { return _mm256_or_pd(a, b); }
MUSTER_LANE M but_not(M a, M b) { return _mm256_andnot_pd(b, a); }
MUSTER_LANE unsigned bits(M a) { return static_cast<unsigned>(_mm256_movemask_pd(a)); }
MUSTER_LANE M lanes_of(unsigned bits) {
  const U each = _mm256_setr_epi64x(1, 2, 4, 8);
  return _mm256_castsi256_pd(_mm256_cmpeq_epi64(_mm256_and_si256(all(std::uint64_t{bits}), each), each));
}
MUSTER_LANE D pick(M where, D a, D b) { return _mm256_blendv_pd(b, a, where); }
MUSTER_LANE void store_where(M where, double* p, D x) { store(p, pick(where, x, load(p))); }
MUSTER_LANE void rows(const double* base, const std::uint64_t* i, D& c0, D& c1, D& c2, D& c3) {
  const D a = load(base + i[0]), b = load(base + i[1]), c = load(base + i[2]), d = load(base + i[3]);
  const D ab = _mm256_unpacklo_pd(a, b), cd = _mm256_unpacklo_pd(c, d), AB = _mm256_unpackhi_pd(a, b),
          CD = _mm256_unpackhi_pd(c, d);
  c0 = _mm256_permute2f128_pd(ab, cd, 0x20);
  c1 = _mm256_permute2f128_pd(AB, CD, 0x20);
  c2 = _mm256_permute2f128_pd(ab, cd, 0x31);
  c3 = _mm256_permute2f128_pd(AB, CD, 0x31);
}
#else
inline constexpr std::uint32_t width = 2;
using D = __m128d;
using U = __m128i;
using M = __m128d;
MUSTER_LANE D load(const double* p) { return _mm_load_pd(p); }
MUSTER_LANE void store(double* p, D x) { _mm_store_pd(p, x); }
MUSTER_LANE U load(const std::uint64_t* p) { return _mm_load_si128(reinterpret_cast<const __m128i*>(p)); }
MUSTER_LANE void store(std::uint64_t* p, U x) { _mm_store_si128(reinterpret_cast<__m128i*>(p), x); }
MUSTER_LANE U widen(const std::uint32_t* p) { return _mm_set_epi64x(p[1], p[0]); }
MUSTER_LANE D all(double x) { return _mm_set1_pd(x); }
MUSTER_LANE U all(std::uint64_t x) { return _mm_set1_epi64x(static_cast<long long>(x)); }
MUSTER_LANE D sum(D a, D b) { return _mm_add_pd(a, b); }
MUSTER_LANE D difference(D a, D b) { return _mm_sub_pd(a, b); }
MUSTER_LANE D product(D a, D b) { return _mm_mul_pd(a, b); }
MUSTER_LANE D quotient(D a, D b) { return _mm_div_pd(a, b); }
MUSTER_LANE D strided(const double* p, std::uint64_t s) { return _mm_setr_pd(p[0], p[s]); }
MUSTER_LANE D greater_of(D a, D b) { return _mm_max_pd(a, b); }
MUSTER_LANE D less_of(D a, D b) { return _mm_min_pd(a, b); }
MUSTER_LANE U mul32(U a, U b) { return _mm_mul_epu32(a, b); }
MUSTER_LANE U plus(U a, U b) { return _mm_add_epi64(a, b); }
MUSTER_LANE U minus(U a, U b) { return _mm_sub_epi64(a, b); }
MUSTER_LANE U both(U a, U b) { return _mm_and_si128(a, b); }
MUSTER_LANE U either(U a, U b) { return _mm_or_si128(a, b); }
MUSTER_LANE U odd_one_out(U a, U b, U c) { return _mm_xor_si128(_mm_xor_si128(a, c), b); }
template <int n>
MUSTER_LANE U right(U a) {
  return _mm_srli_epi64(a, n);
}
template <int n>
MUSTER_LANE U left(U a) {
  return _mm_slli_epi64(a, n);
}
MUSTER_LANE U words(D x) { return _mm_castpd_si128(x); }
MUSTER_LANE D doubles(U x) { return _mm_castsi128_pd(x); }
MUSTER_LANE U chosen(U mask, U a, U b) { return _mm_or_si128(_mm_and_si128(mask, a), _mm_andnot_si128(mask, b)); }
MUSTER_LANE unsigned less(D a, D b) { return static_cast<unsigned>(_mm_movemask_pd(_mm_cmplt_pd(a, b))); }
MUSTER_LANE unsigned equal(D a, D b) { return static_cast<unsigned>(_mm_movemask_pd(_mm_cmpeq_pd(a, b))); }
MUSTER_LANE unsigned unordered(D a) { return static_cast<unsigned>(_mm_movemask_pd(_mm_cmpunord_pd(a, a))); }
MUSTER_LANE M no_lane() { return _mm_setzero_pd(); }
MUSTER_LANE M earlier(D a, D b) { return _mm_cmplt_pd(a, b); }
MUSTER_LANE M no_later(D a, D b) { return _mm_cmple_pd(a, b); }
MUSTER_LANE M same(D a, D b) { return _mm_cmpeq_pd(a, b); }
MUSTER_LANE M and_also(M a, M b) { return _mm_and_pd(a, b); }
MUSTER_LANE M or_else(M a, M b) { return _mm_or_pd(a, b); }
MUSTER_LANE M but_not(M a, M b) { return _mm_andnot_pd(b, a); }
MUSTER_LANE unsigned bits(M a) { return static_cast<unsigned>(_mm_movemask_pd(a)); }
MUSTER_LANE M lanes_of(unsigned bits) {
  const U each = _mm_setr_epi32(1, 1, 2, 2);
  return _mm_castsi128_pd(_mm_cmpeq_epi32(_mm_and_si128(_mm_set1_epi32(static_cast<int>(bits)), each), each));
}
MUSTER_LANE void store_where(M where, double* p, D x) { store(p, _mm_or_pd(_mm_and_pd(where, x), _mm_andnot_pd(where, load(p)))); }
MUSTER_LANE D pick(M where, D a, D b) { return _mm_or_pd(_mm_and_pd(where, a), _mm_andnot_pd(where, b)); }
MUSTER_LANE void rows(const double* base, const std::uint64_t* i, D& c0, D& c1, D& c2, D& c3) {
  const D a = load(base + i[0]), A = load(base + i[0] + 2), b = load(base + i[1]), B = load(base + i[1] + 2);
  c0 = _mm_unpacklo_pd(a, b);
  c1 = _mm_unpackhi_pd(a, b);
  c2 = _mm_unpacklo_pd(A, B);
  c3 = _mm_unpackhi_pd(A, B);
}
#endif
#if !(defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__))
MUSTER_LANE std::uint32_t note(std::uint32_t* to, unsigned bits, std::uint32_t first) {
  std::uint32_t found = 0;
  for (; bits != 0; bits &= bits - 1) to[found++] = first + static_cast<std::uint32_t>(__builtin_ctz(bits));
  return found;
}
#endif

}  // namespace muster::MUSTER_ISA
