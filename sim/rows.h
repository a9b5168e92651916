#pragma once
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include "models/archive.h"

namespace muster {

/// On large pages where there is much of it and the system has such; throws std::bad_alloc.
void* take_memory(std::size_t bytes);
void give_back(void* memory);

/// For vectors whose elements hold anything until they are given a value.
template <class T>
struct LargePages {
  using value_type = T;
  LargePages() = default;
  template <class U>
  LargePages(const LargePages<U>&) {}
  T* allocate(std::size_t n) {
    if (n > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(take_memory(n * sizeof(T)));
  }
  void deallocate(T* p, std::size_t) { give_back(p); }
  template <class U>
  void construct(U*) {}
  template <class U, class... From>
  void construct(U* p, From&&... from) {
    std::construct_at(p, std::forward<From>(from)...);
  }
  bool operator==(const LargePages&) const = default;
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
  std::vector<double, LargePages<double>> values_;
};

}  // namespace muster
