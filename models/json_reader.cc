#include "models/json_reader.h"

#include <cctype>
#include <cstdint>

#include "models/tree_builder.h"

namespace muster {
namespace {

struct NotJson {};

class JsonReader {
 public:
  JsonReader(std::string_view text, const std::string& name, const LoadLimits& limits) : text_(text), builder_(name, limits) {}

  Document read() {
    skip_space();
    if (peek() != '{' && peek() != '[') throw NotJson{};
    value();
    skip_space();
    if (at_ != text_.size()) throw NotJson{};
    return builder_.finish();
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  Place here() const { return {line_, column_, 0}; }
  // Columns count characters: the bytes that continue one do not.
  char next() {
    if (at_ >= text_.size()) throw NotJson{};
    char c = text_[at_++];
    if (c == '\n' || (c == '\r' && peek() != '\n')) {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++column_;
    }
    return c;
  }
  void expect(char wanted) {
    if (next() != wanted) throw NotJson{};
  }
  void skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') next();
  }
  void value();
  void list();
  void map();
  void word();
  Node string();
  void escape(std::string& out);
  std::uint32_t hex4();

  std::string_view text_;
  TreeBuilder builder_;
  std::size_t at_ = 0;
  int line_ = 1, column_ = 1;
};

void JsonReader::value() {
  skip_space();
  switch (peek()) {
    case '{': map(); break;
    case '[': list(); break;
    case '"': builder_.scalar(string()); break;
    default: word(); break;
  }
}

void JsonReader::list() {
  builder_.open(Node::Kind::list, here());
  expect('[');
  skip_space();
  if (peek() == ']') {
    next();
  } else {
    char after = ',';
    while (after == ',') {
      value();
      skip_space();
      after = next();
    }
    if (after != ']') throw NotJson{};
  }
  builder_.close();
}

void JsonReader::map() {
  builder_.open(Node::Kind::map, here());
  expect('{');
  skip_space();
  if (peek() == '}') {
    next();
  } else {
    char after = ',';
    while (after == ',') {
      skip_space();
      if (peek() != '"') throw NotJson{};
      builder_.scalar(string());
      skip_space();
      expect(':');
      value();
      skip_space();
      after = next();
    }
    if (after != '}') throw NotJson{};
  }
  builder_.close();
}

bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  auto digits = [&] {
    std::size_t start = at;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) ++at;
    return at - start;
  };
  if (at < text.size() && text[at] == '-') ++at;
  std::size_t whole = at;
  if (std::size_t count = digits(); count == 0 || (count > 1 && text[whole] == '0')) return false;
  if (at < text.size() && text[at] == '.' && (++at, digits() == 0)) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

void JsonReader::word() {
  Node node;
  node.place = here();
  while (std::isalnum(static_cast<unsigned char>(peek())) != 0 || peek() == '-' || peek() == '+' || peek() == '.') node.text += next();
  if (node.text == "null") {
    node.kind = Node::Kind::null;
  } else if (node.text == "true" || node.text == "false") {
    node.kind = Node::Kind::boolean;
  } else if (is_json_number(node.text)) {
    node.kind = Node::Kind::number;
  } else {
    throw NotJson{};
  }
  builder_.scalar(std::move(node));
}

Node JsonReader::string() {
  Node node;
  node.kind = Node::Kind::text;
  node.quoted = true;
  node.place = here();
  expect('"');
  while (peek() != '"') {
    char c = next();
    if (static_cast<unsigned char>(c) < 0x20) throw NotJson{};
    if (c == '\\') {
      escape(node.text);
    } else {
      node.text += c;
    }
  }
  next();
  return node;
}

std::uint32_t JsonReader::hex4() {
  std::uint32_t code = 0;
  for (int i = 0; i < 4; ++i) {
    char c = next();
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) throw NotJson{};
    code = code * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return code;
}

void append_utf8(std::string& out, std::uint32_t code) {
  auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

void JsonReader::escape(std::string& out) {
  char c = next();
  constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
  if (std::size_t i = letters.find(c); i != letters.npos) {
    out += meant[i];
    return;
  }
  if (c != 'u') throw NotJson{};
  Place place = here();
  std::uint32_t code = hex4();
  if (code >= 0xD800 && code < 0xDC00 && peek() == '\\') {
    next();
    expect('u');
    std::uint32_t low = hex4();
    if (low < 0xDC00 || low > 0xDFFF) builder_.fail(place, "the first half of a surrogate pair without its second half");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  } else if (code >= 0xD800 && code <= 0xDFFF) {
    builder_.fail(place, "half of a surrogate pair; both halves make one character");
  }
  append_utf8(out, code);
}

}  // namespace

std::optional<Document> read_json(std::string_view text, const std::string& name, const LoadLimits& limits) {
  try {
    return JsonReader(text, name, limits).read();
  } catch (const NotJson&) {
    return std::nullopt;
  }
}

}  // namespace muster
