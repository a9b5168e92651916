#include "sim/gathering.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace muster {

void Gathering::Free::operator()(double* p) const { std::free(p); }

Gathering::Gathering(std::size_t columns, bool sketched, const LaneKernels& kernels)
    : columns_(columns),
      sketched_(sketched),
      k_(kernels),
      moments_(columns * side_by_side),
      sketches_(sketched ? columns : 0),
      like_(columns) {
  void* p = std::aligned_alloc(64, columns * side_by_side * stride * sizeof(double));
  if (!p) throw std::bad_alloc();
  values_.reset(static_cast<double*>(p));
  std::fill_n(values_.get(), columns * side_by_side * stride, 0.0);
  for (std::size_t c = 0; c < columns; ++c) like_[c] = c;
}

bool Gathering::equal(std::size_t column, std::size_t other, std::uint32_t blocks, std::uint32_t last) const {
  for (std::uint32_t b = 0; b < blocks; ++b)
    if (std::memcmp(values_.get() + (column * side_by_side + b) * stride,
                    values_.get() + (other * side_by_side + b) * stride,
                    sizeof(double) * (b + 1 == blocks ? last : block)) != 0)
      return false;
  return true;
}

bool Gathering::constant(std::size_t column, std::uint32_t blocks, std::uint32_t last) const {
  const double* v = values_.get() + column * side_by_side * stride;
  for (std::uint32_t b = 0; b < blocks; ++b) {
    const double* mine = v + b * stride;
    const std::uint32_t n = b + 1 == blocks ? last : block;
    if (mine[0] != v[0] || std::memcmp(mine, mine + 1, sizeof(double) * (n - 1)) != 0) return false;
  }
  return true;
}

void Gathering::take_in(std::uint32_t blocks, std::uint32_t last) {
  const auto size = [&](std::uint32_t b) { return b + 1 == blocks ? last : block; };
  // What parts from the column that it was like so far takes over that one's sketch, before this is added to
  // it.
  for (std::size_t c = 0; c < columns_; ++c) {
    if (!begun_) {
      for (std::size_t d = 0; d < c && like_[c] == c; ++d)
        if (like_[d] == d && equal(c, d, blocks, last)) like_[c] = d;
    } else if (like_[c] != c && !equal(c, like_[c], blocks, last)) {
      if (sketched_) sketches_[c] = sketches_[like_[c]];
      like_[c] = c;
    }
  }
  begun_ = true;
  for (std::size_t c = 0; c < columns_; ++c) {
    Moments* moments = moments_.data() + c * side_by_side;
    if (like_[c] != c) {
      std::copy_n(moments_.begin() + static_cast<std::ptrdiff_t>(like_[c] * side_by_side), blocks, moments);
      continue;
    }
    std::fill_n(moments, blocks, Moments());
    const double* column = values(c, 0);
    if (constant(c, blocks, last)) {
      const double x = column[0];
      for (std::uint32_t b = 0; b < blocks; ++b)
        moments[b] = x == never ? Moments{size(b), size(b), 0, 0, x, x} : Moments{size(b), 0, x, 0, x, x};
      for (std::uint32_t b = 0; sketched_ && b < blocks; ++b) sketches_[c].add(x, size(b));
      continue;
    }
    alignas(64) double mean[side_by_side], m2[side_by_side], least[side_by_side], greatest[side_by_side];
    const bool whole = blocks == side_by_side && last == block;
    if (whole && k_.moments(column, stride, block, mean, m2, least, greatest)) {
      for (std::uint32_t b = 0; b < blocks; ++b) {
        moments[b] = {block, 0, mean[b], m2[b], least[b], greatest[b]};
        if (sketched_) sketches_[c].add({column + b * stride, block}, least[b], greatest[b]);
      }
    } else {
      for (std::uint32_t b = 0; b < blocks; ++b)
        for (std::uint32_t i = 0; i < size(b); ++i) {
          moments[b].add(column[b * stride + i]);
          if (sketched_) sketches_[c].add(column[b * stride + i]);
        }
    }
  }
}

void Gathering::merge_into(std::vector<Sketch>& sketches) {
  for (std::size_t c = 0; c < sketches_.size(); ++c) sketches[c].merge(sketches_[like_[c]]);
}

}  // namespace muster
