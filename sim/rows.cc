#include "sim/rows.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

namespace muster {
namespace {

constexpr std::size_t page = std::size_t{2} << 20;

}  // namespace

void* take_memory(std::size_t bytes) {
  if (bytes > std::numeric_limits<std::size_t>::max() - page) throw std::bad_alloc();
  const std::size_t alignment = bytes < page ? 64 : page;
  void* const p = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (!p) throw std::bad_alloc();
  if (bytes >= page) madvise(p, bytes, MADV_HUGEPAGE);  // where that is not to be had, small ones do
  return p;
}

void give_back(void* memory) { std::free(memory); }

void Rows::resize(std::size_t rows, std::size_t length) {
  if (rows == rows_ && length == length_) return;
  if (length > 0 && rows > std::numeric_limits<std::size_t>::max() / length) throw std::bad_alloc();
  std::vector<double, LargePages<double>> values(rows * length);
  for (std::size_t r = 0; r < std::min(rows, rows_); ++r)
    std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(r * length_), std::min(length, length_), values.begin() + static_cast<std::ptrdiff_t>(r * length));
  values_.swap(values);
  rows_ = rows;
  length_ = length;
}

void Rows::check() const {
  if (length_ == 0 ? !values_.empty() : values_.size() % length_ != 0 || values_.size() / length_ != rows_) throw DamagedArchive();
}

}  // namespace muster
