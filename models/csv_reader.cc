#include "models/csv_reader.h"

#include "models/load.h"

namespace muster {
namespace {
constexpr std::size_t block_bytes = 1u << 18;
}

CsvReader::CsvReader(std::istream& in, std::string file) : in_(in), file_(std::move(file)) {
  peek();
  if (block_.compare(0, 3, "\xEF\xBB\xBF") == 0) at_ = 3;
}

void CsvReader::refuse(int line, const std::string& message) const {
  throw InvalidInput({{Problem::Severity::error, file_, line, 0, "", message}});
}

int CsvReader::peek() {
  if (at_ == block_.size()) {
    block_.resize(block_bytes);
    in_.read(block_.data(), static_cast<std::streamsize>(block_bytes));
    block_.resize(static_cast<std::size_t>(in_.gcount()));
    at_ = 0;
    if (in_.bad()) refuse(next_line_, "cannot be read on");
    if (block_.empty()) return -1;
  }
  return static_cast<unsigned char>(block_[at_]);
}

int CsvReader::take() {
  const int c = peek();
  if (c >= 0) ++at_;
  if (c == 0) refuse(next_line_, "a NUL byte: this is no CSV in UTF-8");
  return c;
}

void CsvReader::quoted(std::string& cell) {
  const int begun = next_line_;
  for (int c = take(); c >= 0; c = take()) {
    if (c == '"') {
      if (peek() != '"') return;
      take();
    }
    next_line_ += c == '\n';
    cell += static_cast<char>(c);
    if (cell.size() > most_cell) refuse(begun, "a cell of more than a million bytes; are its quotes closed?");
  }
  refuse(begun, "a cell's quotes are never closed");
}

bool CsvReader::record(std::vector<std::string>& cells) {
  if (peek() < 0) return false;
  line_ = next_line_;
  std::size_t count = 1;
  const auto begin = [&] {
    if (cells.size() < count) cells.emplace_back();
    cells[count - 1].clear();
  };
  begin();
  for (int c = take(); c >= 0; c = take()) {
    std::string& cell = cells[count - 1];
    if (c == '"' && cell.empty()) {
      quoted(cell);
    } else if (c == '\n' || c == '\r') {
      if (c == '\r' && peek() == '\n') take();
      ++next_line_;
      break;
    } else if (c == ',') {
      ++count;
      begin();
    } else {
      cell += static_cast<char>(c);
      if (cell.size() > most_cell) refuse(line_, "a cell of more than a million bytes: this is no CSV");
    }
  }
  cells.resize(count);
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_blank(const std::vector<std::string>& cells) { return cells.size() == 1 && trimmed(cells[0]).empty(); }

}  // namespace muster
