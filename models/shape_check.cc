#include <algorithm>
#include <stdexcept>
#include <unordered_map>

#include "models/scalars.h"
#include "models/shape.h"
#include "models/wording.h"

namespace muster {
namespace {

class ShapeCheck {
 public:
  ShapeCheck(const Grammar& grammar, Findings& findings) : grammar_(grammar), findings_(findings) {}

  void check(const Shape& shape, const View& value) {
    const Shape& meant = resolved(shape);
    std::visit([&](const auto& form) { check(form, meant, value); }, meant.form());
  }

 private:
  const Shape& resolved(const Shape& shape) const {
    const auto* reference = std::get_if<Reference>(&shape.form());
    return reference == nullptr ? shape : resolved(grammar_.at(reference->name));
  }
  bool takes(const Shape& shape, const Node& node) const;
  std::string expectation(const Shape& shape) const;
  bool expect_kind(Node::Kind kind, const Shape& shape, const View& value);
  std::string as_list(const Shape& shape, const Node& node) const;
  bool check_type(const Scalar& scalar, const View& value);
  void check_fields(const std::vector<Field>& fields, bool takes_note, const View& value);
  void unknown_key(const View& member, const std::vector<std::string>& known);
  void stray_key(const Tagged& tagged, const View& member, const std::vector<std::string>& tags);
  void check_choice(const Object& object, const View& value);

  void check(const Anything&, const Shape&, const View&) {}
  void check(const Reference&, const Shape&, const View&) {}
  void check(const Scalar& scalar, const Shape& shape, const View& value);
  void check(const Object& object, const Shape& shape, const View& value);
  void check(const Named& named, const Shape& shape, const View& value);
  void check(const List& list, const Shape& shape, const View& value);
  void check(const Tagged& tagged, const Shape& shape, const View& value);
  void check(const Either& either, const Shape& shape, const View& value);

  const Grammar& grammar_;
  Findings& findings_;
};

bool ShapeCheck::takes(const Shape& shape, const Node& node) const {
  const Shape& meant = resolved(shape);
  if (const auto* either = std::get_if<Either>(&meant.form()))
    return std::any_of(either->options.begin(), either->options.end(), [&](const Shape& option) { return takes(option, node); });
  if (std::holds_alternative<Scalar>(meant.form())) return node.is_scalar();
  if (std::holds_alternative<List>(meant.form())) return node.kind == Node::Kind::list;
  return node.kind == Node::Kind::map;
}

std::string ShapeCheck::expectation(const Shape& shape) const {
  const Shape& meant = resolved(shape);
  if (!meant.title().empty()) return meant.title();
  if (const auto* scalar = std::get_if<Scalar>(&meant.form())) return scalar->expected;
  if (std::holds_alternative<List>(meant.form())) return "a list";
  if (const auto* named = std::get_if<Named>(&meant.form())) return "a map {NAME: " + named->what + ", …}";
  const auto* either = std::get_if<Either>(&meant.form());
  if (either == nullptr) return "a map";
  std::vector<std::string> options;
  for (const Shape& option : either->options) options.push_back(expectation(option));
  return listed(options, "or");
}

bool ShapeCheck::expect_kind(Node::Kind kind, const Shape& shape, const View& value) {
  if (value->kind == kind) return true;
  std::string message = "found " + describe(*value.node) + ", expected " + expectation(shape);
  bool map = kind == Node::Kind::map;
  if (value->kind == Node::Kind::null) message += std::string("; an empty one is written ") + (map ? "{}" : "[]");
  findings_.error(value, message + as_list(shape, *value.node));
  return false;
}

// As a shell parts them, but for what lies in double quotes and has quotes inside: enough for a hint.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  char quote = 0;
  bool inside = false;
  for (char c : line) {
    if (quote != 0 ? c == quote : c == '\'' || c == '"') {
      quote = quote != 0 ? 0 : c;
    } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    if (c != '\'' && c != '"') words.back() += c;
  }
  return words;
}

// How a single value looks as the list that stands there rightly: a hint, or nothing.
std::string ShapeCheck::as_list(const Shape& shape, const Node& node) const {
  if (!node.is_scalar() || node.kind == Node::Kind::null || node.text.size() >= 60) return "";
  const Shape& meant = resolved(shape);
  if (const auto* either = std::get_if<Either>(&meant.form())) {
    for (const Shape& option : either->options)
      if (std::string hint = as_list(option, node); !hint.empty()) return hint;
    return "";
  }
  const auto* list = std::get_if<List>(&meant.form());
  if (list == nullptr || list->least > 1) return "";
  if (!list->of_words) return "; write [" + node.text + "]";
  std::string items;
  for (const std::string& word : words_of(node.text)) {
    const bool plain = resolve_plain(word) == Node::Kind::text && word.find_first_of(" ,[]{}:#&*!|>'\"%@`") == word.npos;
    items += (items.empty() ? "" : ", ") + (plain ? word : "\"" + word + "\"");
  }
  return items.empty() ? "" : "; write [" + printable(items) + "]";
}

bool ShapeCheck::check_type(const Scalar& scalar, const View& value) {
  using Type = Scalar::Type;
  const Node& node = *value.node;
  const std::string expected = ", expected " + scalar.expected;
  bool text = node.kind == Node::Kind::text, number = node.kind == Node::Kind::number;
  bool wants_number = scalar.type == Type::number || scalar.type == Type::integer;
  if (!node.is_scalar() || node.kind == Node::Kind::null) {
    findings_.error(value, "found " + describe(node) + expected);
  } else if (scalar.type == Type::any || (wants_number ? number : text || number)) {
    return true;
  } else if (wants_number && node.quoted && resolve_plain(node.text) == Node::Kind::number) {
    findings_.error(value, "found text in quotes" + expected + ": leave the quotes away");
  } else {
    findings_.error(value, "found " + describe(node) + expected);
  }
  return false;
}

void ShapeCheck::check(const Scalar& scalar, const Shape&, const View& value) {
  if (!check_type(scalar, value)) return;
  try {
    scalar.check(*value.node);
  } catch (const std::invalid_argument& wrong) {
    findings_.error(value, wrong.what());
    return;
  }
  if (scalar.type == Scalar::Type::text && value->kind != Node::Kind::text)
    findings_.error(value, "found a number, expected " + scalar.expected);
}

void ShapeCheck::unknown_key(const View& member, const std::vector<std::string>& known) {
  std::string message = "unknown key " + in_quotes(member.key);
  if (!findings_.full()) {
    std::string guess = did_you_mean(member.key, known);
    message += !guess.empty() ? guess : "; expected " + listed(known, "or");
  }
  findings_.error_at_key(member, message);
}

void ShapeCheck::check_fields(const std::vector<Field>& fields, bool takes_note, const View& value) {
  static const Shape note = free_text("text");
  std::vector<bool> present(fields.size());
  for (const Member& member : value->members) {
    if (is_ignored(member.key)) continue;
    View below = value.member(member);
    auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == member.key; });
    if (field != fields.end()) {
      present[field - fields.begin()] = true;
      check(*field->shape, below);
    } else if (takes_note && (member.key == "note" || member.key == "source")) {
      check(note, below);
    } else {
      std::vector<std::string> known;
      for (const Field& f : fields) known.push_back(f.key);
      unknown_key(below, known);
    }
  }
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].required && !present[i])
      findings_.error_at_key(value, "the key " + in_quotes(fields[i].key) + " is missing; expected " + expectation(*fields[i].shape));
}

void ShapeCheck::check_choice(const Object& object, const View& value) {
  auto has = [&](const std::string& key) { return value->find(key) != nullptr; };
  std::vector<std::string> involved, present;
  for (const auto& keys : object.exactly_one_of)
    for (const std::string& key : keys)
      if (std::find(involved.begin(), involved.end(), key) == involved.end()) involved.push_back(key);
  for (const std::string& key : involved)
    if (has(key)) present.push_back(key);
  auto matches = [&](const std::vector<std::string>& keys) {
    return keys.size() == present.size() && std::all_of(keys.begin(), keys.end(), has);
  };
  const auto& sets = object.exactly_one_of;
  if (!sets.empty() && std::none_of(sets.begin(), sets.end(), matches))
    findings_.error_at_key(value, (present.empty() ? "expected " : "found " + listed(present, "and") + ", expected ") + object.choice);
  const auto& some = object.at_least_one_of;
  if (!some.empty() && std::none_of(some.begin(), some.end(), has))
    findings_.error_at_key(value, "expected at least one of " + listed(some, "and"));
  for (const Companion& condition : object.companions) {
    const Node* when = value->find(condition.when);
    if (when != nullptr && when->is_scalar() && when->text == condition.word && !has(condition.key))
      findings_.error_at_key(value, "the key " + in_quotes(condition.key) + " is missing; it goes with " + in_quotes(condition.when + ": " + condition.word));
  }
}

void ShapeCheck::check(const Object& object, const Shape& shape, const View& value) {
  if (!expect_kind(Node::Kind::map, shape, value)) return;
  check_fields(object.fields, object.takes_note, value);
  check_choice(object, value);
}

void ShapeCheck::check(const Named& named, const Shape& shape, const View& value) {
  if (!expect_kind(Node::Kind::map, shape, value)) return;
  std::size_t count = 0;
  for (const Member& member : value->members) {
    if (is_ignored(member.key)) continue;
    ++count;
    View below = value.member(member);
    try {
      named.check_key(member.key);
      check(*named.shape, below);
    } catch (const std::invalid_argument& wrong) {
      findings_.error_at_key(below, wrong.what());
    }
  }
  if (count > named.most) findings_.error_at_key(value, "a map of " + std::to_string(count) + ", expected at most " + std::to_string(named.most));
  if (count == 0 && !named.empty_allowed) findings_.error_at_key(value, "an empty map, expected at least one " + named.what);
}

void ShapeCheck::check(const List& list, const Shape& shape, const View& value) {
  if (!expect_kind(Node::Kind::list, shape, value)) return;
  const std::size_t size = value->items.size();
  if (size < list.least || size > list.most) {
    std::string range = list.least == list.most ? std::to_string(list.least)
                        : size > list.most      ? "at most " + std::to_string(list.most)
                                                : "at least " + std::to_string(list.least);
    findings_.error(value, "a list of " + std::to_string(size) + ", expected " + (shape.title().empty() ? range : shape.title()));
  }
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < size; ++i) {
    View item = value.item(i);
    check(*list.shape, item);
    if (!list.unique || !item->is_scalar()) continue;
    auto [first, is_new] = seen.emplace(item->text, i);
    if (!is_new) findings_.error(item, in_quotes(item->text) + " stands in this list already, as item " + std::to_string(first->second));
  }
}

void ShapeCheck::check(const Tagged& tagged, const Shape& shape, const View& value) {
  if (!expect_kind(Node::Kind::map, shape, value)) return;
  std::vector<std::string> tags, present;
  const std::vector<Field>* chosen = nullptr;
  for (const auto& alternative : tagged.alternatives) {
    tags.push_back(alternative.front().key);
    if (value->find(tags.back()) == nullptr) continue;
    present.push_back(tags.back());
    chosen = &alternative;
  }
  if (present.size() > 1) {
    findings_.error_at_key(value, "found " + listed(present, "and") + " in one map, expected one of them");
  } else if (chosen != nullptr) {
    check_fields(*chosen, tagged.takes_note, value);
  } else {
    for (const Member& member : value->members)
      if (!is_ignored(member.key) && member.key != "note" && member.key != "source") return stray_key(tagged, value.member(member), tags);
    findings_.error_at_key(value, "a map without any of the keys " + listed(tags, "and") + "; expected one of them");
  }
}

void ShapeCheck::stray_key(const Tagged& tagged, const View& member, const std::vector<std::string>& tags) {
  for (const auto& alternative : tagged.alternatives)
    for (const Field& field : alternative)
      if (field.key == member.key)
        return findings_.error_at_key(member, in_quotes(member.key) + " goes with the key " + in_quotes(alternative.front().key) + ", which is missing");
  unknown_key(member, tags);
}

void ShapeCheck::check(const Either& either, const Shape& shape, const View& value) {
  if (value->kind != Node::Kind::null)
    for (const Shape& option : either.options)
      if (takes(option, *value.node)) return check(option, value);
  findings_.error(value, "found " + describe(*value.node) + ", expected " + expectation(shape) + as_list(shape, *value.node));
}

}  // namespace

void check_shape(const Grammar& grammar, const Shape& shape, const View& value, Findings& findings) {
  ShapeCheck(grammar, findings).check(shape, value);
}

}  // namespace muster
