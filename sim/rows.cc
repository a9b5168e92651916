#include "sim/rows.h"

#include <algorithm>
#include <limits>
#include <new>

namespace muster {

void Rows::resize(std::size_t rows, std::size_t length) {
  if (rows == rows_ && length == length_) return;
  if (length > 0 && rows > std::numeric_limits<std::size_t>::max() / length) throw std::bad_alloc();
  std::vector<double, Unset<double>> values(rows * length);
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
