#pragma once
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "models/findings.h"

/// A small vocabulary that says once what a file may hold. The checker and the JSON Schema both come from it.
///
/// In every map, keys that begin with `x-` are ignored. Shapes are immutable values and cheap to copy; all functions are pure.
namespace muster {

class Shape;

/// One value: text, a number or a word, with a check that decides and a pattern that says the same to an editor.
struct Scalar {
  enum class Type { text, number, integer, number_or_text, any };  ///< any: whatever is one value, kept as text
  Type type = Type::text;
  std::string expected;               ///< "a duration such as 90s, 15m or 1h30m"
  std::function<void(const Node&)> check;  ///< throws std::invalid_argument with a sentence; after the type was found right
  std::string pattern;                ///< ECMAScript, of text
  std::size_t longest = 0;            ///< of text, in characters; 0: any
  std::optional<double> least, most;  ///< of a number, both included
  std::optional<double> above, below; ///< of a number, both excluded
  std::vector<std::string> words;     ///< if any: one of these
  std::vector<std::string> examples;
  std::string definition;             ///< if any: the schema refers to this definition instead of repeating it
};

struct Field {
  std::string key;
  std::shared_ptr<const Shape> shape;
  bool required = false;
  std::string doc;  ///< a sentence
};

/// The key `key` must be there where the key `when` has the value `word`.
struct Companion {
  std::string key, when, word;
};

/// A map with known keys.
struct Object {
  std::vector<Field> fields;
  /// If any: of all keys named here, exactly one of these sets must be there.
  std::vector<std::vector<std::string>> exactly_one_of{};
  std::string choice{};  ///< the same in words: "either rate or slots"
  std::vector<std::string> at_least_one_of{};
  std::vector<Companion> companions{};  ///< at most one
  bool takes_note = true;  ///< also takes `note` and `source`
};

/// A map whose keys are names.
struct Named {
  std::shared_ptr<const Shape> shape;
  std::string what;        ///< "step", "role": what the names name
  std::function<void(std::string_view)> check_key;  ///< throws std::invalid_argument with a sentence
  std::string key_pattern;                          ///< the same for editors
  bool empty_allowed = true;
  std::size_t most = 100'000;
};

struct List {
  std::shared_ptr<const Shape> shape;
  std::size_t least = 0, most = 100'000;
  bool unique = false;
  bool of_words = false;  ///< a line of words, found where the list is expected, is shown as the list that it means
};

/// A map that one of its keys tells apart: `{uniform: …}` or `{transfer: …, over: …}`. The first field of each alternative is its tag.
struct Tagged {
  std::vector<std::vector<Field>> alternatives;
  bool takes_note = true;
};

/// Told apart by what stands there: a single value, a list or a map; at most one of each.
struct Either {
  std::vector<Shape> options;
};

/// A shape by name: for those that contain themselves, and those that many places share.
struct Reference {
  std::string name;
};

struct Anything {};

class Shape {
 public:
  using Form = std::variant<Anything, Scalar, Object, Named, List, Tagged, Either, Reference>;
  template <typename F>
    requires(!std::same_as<std::remove_cvref_t<F>, Shape> && std::constructible_from<Form, F>)
  Shape(F&& form, std::string title = "", std::string doc = "")  // NOLINT: a form is a shape
      : form_(std::make_shared<const Form>(std::forward<F>(form))), title_(std::move(title)), doc_(std::move(doc)) {}
  const Form& form() const { return *form_; }
  const std::string& title() const { return title_; }  ///< what an error expects, e.g. "a list of steps"; may be empty
  const std::string& doc() const { return doc_; }      ///< a sentence for editors; may be empty

 private:
  std::shared_ptr<const Form> form_;
  std::string title_, doc_;
};

Field required(std::string key, Shape shape, std::string doc);
Field optional(std::string key, Shape shape, std::string doc);

/// A whole format: a root and the shapes it refers to by name.
struct Grammar {
  std::string title, doc;
  std::shared_ptr<const Shape> root;
  std::map<std::string, Shape> named;
  const Shape& at(const std::string& name) const { return named.at(name); }
};

/// Reports everything in which the value differs from the shape.
void check_shape(const Grammar& grammar, const Shape& shape, const View& value, Findings& findings);

/// Whether a key is one that everybody ignores.
inline bool is_ignored(std::string_view key) { return key.substr(0, 2) == "x-"; }

}  // namespace muster
