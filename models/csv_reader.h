#pragma once
#include <istream>
#include <string>
#include <string_view>
#include <vector>

/// CSV (RFC 4180), record by record: in bounded memory whatever the file's size.
namespace muster {

/// Reads ahead in blocks. A byte-order mark is passed over; lines end with LF, CR LF or CR. Not thread-safe.
class CsvReader {
 public:
  static constexpr std::size_t most_cell = 1u << 20;  ///< bytes of one cell

  /// `in` outlives the reader; `file` stands for it in messages.
  CsvReader(std::istream& in, std::string file);
  /// The next record's cells; false at the end. Throws InvalidInput with file and line: quotes that are never closed, a cell
  /// beyond the limit, a NUL, a file that cannot be read on.
  bool record(std::vector<std::string>& cells);
  int line() const { return line_; }  ///< on which the last record began, from 1

 private:
  int peek();
  int take();
  [[noreturn]] void refuse(int line, const std::string& message) const;
  void quoted(std::string& cell);

  std::istream& in_;
  std::string file_, block_;
  std::size_t at_ = 0;
  int line_ = 0, next_line_ = 1;
};

/// The text without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

/// Whether the record is nothing but an empty line.
bool is_blank(const std::vector<std::string>& cells);

}  // namespace muster
