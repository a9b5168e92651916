#include "models/yaml_reader.h"

#include <yaml.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "models/tree_builder.h"
#include "models/wording.h"

namespace muster {
namespace {

Place place_at(const yaml_mark_t& mark) { return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1, 0}; }

std::string text_of(const yaml_char_t* text) { return text == nullptr ? "" : reinterpret_cast<const char*>(text); }

struct ParserDeleter {
  void operator()(yaml_parser_t* parser) const {
    yaml_parser_delete(parser);
    delete parser;
  }
};

struct Event {
  yaml_event_t event{};
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event); }
};

class YamlReader {
 public:
  YamlReader(std::string_view text, const std::string& name, const LoadLimits& limits)
      : text_(text), name_(name), builder_(name, limits), parser_(new yaml_parser_t) {
    if (yaml_parser_initialize(parser_.get()) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(parser_.get(), YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser_.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }

  Document read() {
    while (take()) {
    }
    if (documents_ == 0) builder_.fail({}, "the file is empty; expected a map");
    return builder_.finish();
  }

 private:
  bool take();
  void take_scalar(const yaml_event_t& event);
  void check_collection_tag(const yaml_char_t* tag, const char* expected, Place place) const;
  [[noreturn]] void fail_syntax() const;
  Place within_text(Place place) const;
  std::string hint(std::string_view problem, Place place) const;
  std::string_view line(int number) const;

  std::string_view text_;
  std::string name_;
  TreeBuilder builder_;
  std::unique_ptr<yaml_parser_t, ParserDeleter> parser_;
  int documents_ = 0;
};

bool YamlReader::take() {
  Event holder;
  yaml_event_t& event = holder.event;
  if (yaml_parser_parse(parser_.get(), &event) == 0) fail_syntax();
  const Place place = place_at(event.start_mark);
  switch (event.type) {
    case YAML_DOCUMENT_START_EVENT:
      if (++documents_ > 1) builder_.fail(place, "a second document begins here (after ---); a file holds one");
      break;
    case YAML_ALIAS_EVENT: builder_.alias(text_of(event.data.alias.anchor), place); break;
    case YAML_SCALAR_EVENT: take_scalar(event); break;
    case YAML_SEQUENCE_START_EVENT:
      check_collection_tag(event.data.sequence_start.tag, "seq", place);
      builder_.open(Node::Kind::list, place, text_of(event.data.sequence_start.anchor));
      break;
    case YAML_MAPPING_START_EVENT:
      check_collection_tag(event.data.mapping_start.tag, "map", place);
      builder_.open(Node::Kind::map, place, text_of(event.data.mapping_start.anchor));
      break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: builder_.close(); break;
    case YAML_STREAM_END_EVENT: return false;
    default: break;
  }
  return true;
}

constexpr std::string_view standard_tags = "tag:yaml.org,2002:";

[[noreturn]] void refuse_tag(const TreeBuilder& builder, const std::string& tag, Place place) {
  builder.fail(place, "the tag " + in_quotes(tag) + " is not read; leave it away (text can be put in quotes)");
}

void YamlReader::check_collection_tag(const yaml_char_t* tag, const char* expected, Place place) const {
  std::string text = text_of(tag);
  if (!text.empty() && text != "!" && text != std::string(standard_tags) + expected) refuse_tag(builder_, text, place);
}

void YamlReader::take_scalar(const yaml_event_t& event) {
  const auto& scalar = event.data.scalar;
  Node node;
  node.place = place_at(event.start_mark);
  node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
  node.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
  std::string tag = text_of(scalar.tag);
  if (tag == "!" || tag == std::string(standard_tags) + "str") {
    node.quoted = true;
  } else if (!tag.empty()) {
    refuse_tag(builder_, tag, node.place);
  }
  node.kind = node.quoted ? Node::Kind::text : resolve_plain(node.text);
  builder_.scalar(std::move(node), text_of(scalar.anchor));
}

std::string_view YamlReader::line(int number) const {
  std::size_t start = 0;
  for (int i = 1; i < number; ++i) {
    start = text_.find('\n', start);
    if (start == std::string_view::npos) return {};
    ++start;
  }
  return text_.substr(start, text_.find('\n', start) - start);
}

// libyaml sees the end of the file on a line after the last.
Place YamlReader::within_text(Place place) const {
  auto ends = static_cast<int>(std::count(text_.begin(), text_.end(), '\n'));
  if (place.line <= ends + 1) return place;
  std::string_view last = line(ends + 1);
  auto characters = std::count_if(last.begin(), last.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return {ends + 1, static_cast<int>(characters) + 1, place.source};
}

std::string YamlReader::hint(std::string_view problem, Place place) const {
  std::string_view here = line(place.line);
  std::string_view indent = here.substr(0, here.find_first_not_of(" \t"));
  if (problem.find("cannot start any token") != problem.npos) {
    if (indent.find('\t') != indent.npos) return "; a tab cannot indent YAML, use spaces";
    return "; put a value that begins with @, `, % or a tab in quotes";
  }
  if (problem.find("mapping values are not allowed") != problem.npos)
    return "; a colon and a space inside a value need quotes, and a key needs a line of its own";
  if (problem.find("could not find expected ':'") != problem.npos) return "; a key is followed by a colon and a space";
  if (problem.find("did not find expected key") != problem.npos) return "; is it indented as the keys beside it?";
  if (problem.find("Unicode character escape") != problem.npos) return "; two escapes that make one character are read in strict JSON only";
  return "";
}

void YamlReader::fail_syntax() const {
  if (parser_->error == YAML_MEMORY_ERROR) throw std::bad_alloc();
  std::string problem = parser_->problem == nullptr ? "it cannot be read" : parser_->problem;
  Place place = within_text(place_at(parser_->problem_mark));
  std::string message = "not valid YAML: " + problem;
  if (parser_->context != nullptr) {
    message += std::string(" ") + parser_->context;
    Place begun = place_at(parser_->context_mark);
    if (begun != place) message += " that begins at " + std::to_string(begun.line) + ":" + std::to_string(begun.column);
  }
  builder_.fail(place, message + hint(problem, place));
}

bool all_digits(std::string_view text) {
  if (text.empty()) return false;
  for (char c : text)
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) return false;
  return true;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_decimal(std::string_view text) {
  auto sign = [&] {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  };
  sign();
  std::size_t exponent = text.find_first_of("eE");
  std::string_view mantissa = text.substr(0, exponent);
  if (exponent != text.npos) {
    text.remove_prefix(exponent + 1);
    sign();
    if (!all_digits(text)) return false;
  }
  std::size_t dot = mantissa.find('.');
  if (dot == mantissa.npos) return all_digits(mantissa);
  std::string_view whole = mantissa.substr(0, dot), rest = mantissa.substr(dot + 1);
  return (whole.empty() || all_digits(whole)) && (rest.empty() ? !whole.empty() : all_digits(rest));
}

bool is_based(std::string_view text) {
  if (text.size() < 3 || text[0] != '0') return false;
  if (text[1] == 'o') return text.find_first_not_of("01234567", 2) == text.npos;
  return text[1] == 'x' && text.find_first_not_of("0123456789abcdefABCDEF", 2) == text.npos;
}

bool is_special(std::string_view text) {
  for (const char* word : {".nan", ".NaN", ".NAN"})
    if (text == word) return true;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  for (const char* word : {".inf", ".Inf", ".INF"})
    if (text == word) return true;
  return false;
}

}  // namespace

Node::Kind resolve_plain(std::string_view text) {
  for (const char* word : {"", "~", "null", "Null", "NULL"})
    if (text == word) return Node::Kind::null;
  for (const char* word : {"true", "True", "TRUE", "false", "False", "FALSE"})
    if (text == word) return Node::Kind::boolean;
  return is_decimal(text) || is_based(text) || is_special(text) ? Node::Kind::number : Node::Kind::text;
}

Document read_yaml(std::string_view text, const std::string& name, const LoadLimits& limits) {
  return YamlReader(text, name, limits).read();
}

}  // namespace muster
