#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Values as bytes and back, exactly: for files that one run of the program writes and another reads.
///
/// Little-endian, doubles by their bits, everything else by its length and then its parts. A struct takes part by a function that
/// names its members once for both directions:
///   template <class Archive> void archive(Archive& a, Interval& i) { a(i.low, i.high); }
namespace muster {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

/// What is read is not what was written; what() says so.
class DamagedArchive : public std::runtime_error {
 public:
  DamagedArchive() : std::runtime_error("it is cut short or damaged") {}
};

template <class T>
inline constexpr bool archived_as_bytes = std::is_arithmetic_v<T> || std::is_enum_v<T>;

class ArchiveWriter {
 public:
  template <class... Parts>
  void operator()(const Parts&... parts) {
    (put(parts), ...);
  }
  std::string take() { return std::move(bytes_); }

 private:
  void raw(const void* from, std::size_t size) { bytes_.append(static_cast<const char*>(from), size); }
  void length(std::size_t n) { put(static_cast<std::uint64_t>(n)); }
  void put(const std::string& text) {
    length(text.size());
    bytes_ += text;
  }
  template <class T, class Allocator>
  void put(const std::vector<T, Allocator>& list) {
    length(list.size());
    if constexpr (archived_as_bytes<T>)
      raw(list.data(), list.size() * sizeof(T));
    else
      for (const T& one : list) put(one);
  }
  template <class T, std::size_t n>
  void put(const std::array<T, n>& list) {
    for (const T& one : list) put(one);
  }
  template <class A, class B>
  void put(const std::pair<A, B>& both) {
    (*this)(both.first, both.second);
  }
  template <class T>
  void put(const std::optional<T>& maybe) {
    put(maybe.has_value());
    if (maybe) put(*maybe);
  }
  template <class T>
  void put(const std::unique_ptr<T>& maybe) {
    put(maybe != nullptr);
    if (maybe) put(*maybe);
  }
  template <class T>
  void put(const T& value) {
    if constexpr (archived_as_bytes<T>)
      raw(&value, sizeof value);
    else
      archive(*this, const_cast<T&>(value));  // the same function reads; this one does not write to it
  }
  std::string bytes_;
};

/// Throws DamagedArchive; takes no more memory than the bytes justify.
class ArchiveReader {
 public:
  explicit ArchiveReader(std::string_view bytes) : left_(bytes) {}
  template <class... Parts>
  void operator()(Parts&... parts) {
    (get(parts), ...);
  }
  std::size_t left() const { return left_.size(); }  ///< bytes
  void at_end() const {
    if (!left_.empty()) throw DamagedArchive();
  }

 private:
  void raw(void* to, std::size_t size) {
    if (size > left_.size()) throw DamagedArchive();
    if (size > 0) std::memcpy(to, left_.data(), size);
    left_.remove_prefix(size);
  }
  std::size_t length(std::size_t size_of_one) {
    std::uint64_t n = 0;
    raw(&n, sizeof n);
    if (n > left_.size() / size_of_one) throw DamagedArchive();
    return static_cast<std::size_t>(n);
  }
  bool there() {
    std::uint8_t flag = 0;
    raw(&flag, 1);
    if (flag > 1) throw DamagedArchive();
    return flag == 1;
  }
  void get(bool& flag) { flag = there(); }
  void get(std::string& text) {
    text.resize(length(1));
    raw(text.data(), text.size());
  }
  template <class T, class Allocator>
  void get(std::vector<T, Allocator>& list) {
    if constexpr (archived_as_bytes<T>) {
      list.resize(length(sizeof(T)));
      raw(list.data(), list.size() * sizeof(T));
    } else {
      list.clear();
      for (std::size_t n = length(1); n > 0; --n) get(list.emplace_back());
    }
  }
  template <class T, std::size_t n>
  void get(std::array<T, n>& list) {
    for (T& one : list) get(one);
  }
  template <class A, class B>
  void get(std::pair<A, B>& both) {
    (*this)(both.first, both.second);
  }
  template <class T>
  void get(std::optional<T>& maybe) {
    if (there())
      get(maybe.emplace());
    else
      maybe.reset();
  }
  template <class T>
  void get(std::unique_ptr<T>& maybe) {
    maybe = there() ? std::make_unique<T>() : nullptr;
    if (maybe) get(*maybe);
  }
  template <class T>
  void get(T& value) {
    if constexpr (archived_as_bytes<T>)
      raw(&value, sizeof value);
    else
      archive(*this, value);
  }
  std::string_view left_;
};

}  // namespace muster
