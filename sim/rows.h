#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "models/archive.h"

namespace muster {

/// For vectors whose elements hold anything until they are given a value.
template <class T>
struct Unset : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = Unset<U>;
  };
  template <class U>
  void construct(U*) {}
  template <class U, class... From>
  void construct(U* p, From&&... from) {
    std::construct_at(p, std::forward<From>(from)...);
  }
};

/// Rows of doubles, all of one length, in one block of memory: what many threads write to, each in its part of every row, and what is read row by row.
/// Whoever is the first to write to a page waits for it, so none is touched beforehand. Different elements may be written by different threads at once.
class Rows {
 public:
  std::size_t size() const { return rows_; }
  std::span<double> operator[](std::size_t row) { return {values_.data() + row * length_, length_}; }
  std::span<const double> operator[](std::size_t row) const { return {values_.data() + row * length_, length_}; }
  /// Keeps what there is of them; what is new holds anything. Throws std::bad_alloc.
  void resize(std::size_t rows, std::size_t length);

  template <class Archive>
  friend void archive(Archive& a, Rows& r) {
    a(r.rows_, r.length_, r.values_);
    r.check();
  }

 private:
  void check() const;  ///< throws DamagedArchive
  std::size_t rows_ = 0, length_ = 0;
  std::vector<double, Unset<double>> values_;
};

}  // namespace muster
