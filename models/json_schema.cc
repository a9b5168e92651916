#include "models/json_schema.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "models/scenario_shape.h"

namespace muster {
namespace {

using Json = nlohmann::ordered_json;

Json to_schema(const Shape& shape);

Json ignored_keys() { return {{"^x-", true}}; }

// Whole numbers without a point: 1 rather than 1.0.
Json number(double value) {
  if (value == static_cast<double>(static_cast<long long>(value))) return static_cast<long long>(value);
  return value;
}

Json to_schema(const Anything&) { return Json::object(); }
Json to_schema(const Reference& reference) { return {{"$ref", "#/$defs/" + reference.name}}; }

Json number_schema(const Scalar& scalar, const char* type) {
  Json json = {{"type", type}};
  if (scalar.least && scalar.most && *scalar.least == *scalar.most) {
    json["const"] = number(*scalar.least);
  } else {
    if (scalar.least) json["minimum"] = number(*scalar.least);
    if (scalar.above) json["exclusiveMinimum"] = number(*scalar.above);
    if (scalar.most) json["maximum"] = number(*scalar.most);
    if (scalar.below) json["exclusiveMaximum"] = number(*scalar.below);
  }
  return json;
}

Json text_schema(const Scalar& scalar) {
  if (!scalar.words.empty()) return {{"enum", scalar.words}};
  Json json = {{"type", "string"}};
  if (!scalar.pattern.empty()) json["pattern"] = scalar.pattern;
  if (scalar.longest > 0) json["maxLength"] = scalar.longest;
  return json;
}

Json define(const Scalar& scalar) {
  Json json;
  switch (scalar.type) {
    case Scalar::Type::text: json = text_schema(scalar); break;
    case Scalar::Type::number: json = number_schema(scalar, "number"); break;
    case Scalar::Type::integer: json = number_schema(scalar, "integer"); break;
    case Scalar::Type::number_or_text: json = {{"anyOf", {text_schema(scalar), number_schema(scalar, "number")}}}; break;
    case Scalar::Type::any:
      json = text_schema(scalar);
      json["type"] = {"string", "number", "boolean"};
      break;
  }
  json["description"] = scalar.expected;
  if (!scalar.examples.empty()) json["examples"] = scalar.examples;
  return json;
}

Json to_schema(const Scalar& scalar) {
  if (scalar.definition.empty()) return define(scalar);
  return {{"$ref", "#/$defs/" + scalar.definition}, {"description", scalar.expected}};
}

void add_field(Json& json, const Field& field) {
  Json value = to_schema(*field.shape);
  if (!field.doc.empty()) value["description"] = field.doc;
  json["properties"][field.key] = std::move(value);
}

void add_notes(Json& json) {
  json["properties"]["note"] = {{"$ref", "#/$defs/text"}, {"description", "A remark; it goes to the reports and changes no result."}};
  json["properties"]["source"] = {{"$ref", "#/$defs/text"}, {"description", "Where the numbers come from; it goes to the reports and changes no result."}};
}

Json exactly_these(const std::vector<std::string>& keys, const std::vector<std::string>& involved) {
  Json json = Json::object();
  if (!keys.empty()) json["required"] = keys;
  for (const std::string& key : involved)
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) json["properties"][key] = false;
  return json;
}

void add_choice(Json& json, const Object& object) {
  std::vector<std::string> involved;
  for (const auto& keys : object.exactly_one_of)
    for (const std::string& key : keys)
      if (std::find(involved.begin(), involved.end(), key) == involved.end()) involved.push_back(key);
  for (const auto& keys : object.exactly_one_of) json["oneOf"].push_back(exactly_these(keys, involved));
  for (const std::string& key : object.at_least_one_of) json["anyOf"].push_back({{"required", {key}}});
  for (const Companion& condition : object.companions) {
    json["if"] = {{"properties", {{condition.when, {{"const", condition.word}}}}}, {"required", {condition.when}}};
    json["then"] = {{"required", {condition.key}}};
  }
}

Json to_schema(const Object& object) {
  Json json = {{"type", "object"}, {"properties", Json::object()}};
  std::vector<std::string> required;
  for (const Field& field : object.fields) {
    add_field(json, field);
    if (field.required) required.push_back(field.key);
  }
  if (object.takes_note) add_notes(json);
  json["patternProperties"] = ignored_keys();
  json["additionalProperties"] = false;
  if (!required.empty()) json["required"] = required;
  add_choice(json, object);
  return json;
}

Json to_schema(const Named& named) {
  Json json = {{"type", "object"}, {"patternProperties", ignored_keys()}, {"additionalProperties", false}};
  json["patternProperties"][named.key_pattern] = to_schema(*named.shape);
  if (!named.empty_allowed) json["minProperties"] = 1;
  json["maxProperties"] = named.most;
  return json;
}

Json to_schema(const List& list) {
  Json json = {{"type", "array"}, {"items", to_schema(*list.shape)}};
  if (list.least > 0) json["minItems"] = list.least;
  json["maxItems"] = list.most;
  if (list.unique) json["uniqueItems"] = true;
  return json;
}

/// A key of several alternatives: what any of them takes, and not without a tag of these.
struct SharedKey {
  std::vector<std::string> tags;
  std::vector<Json> forms;
};

void add_shared(Json& json, const std::string& key, const SharedKey& shared, std::size_t alternatives) {
  if (shared.forms.size() > 1) json["properties"][key] = {{"anyOf", shared.forms}, {"description", shared.forms.front().value("description", "")}};
  if (shared.tags.size() < 2 || shared.tags.size() == alternatives) return;
  Json any = Json::array();
  for (const std::string& tag : shared.tags) any.push_back({{"required", {tag}}});
  json["allOf"].push_back({{"if", {{"required", {key}}}}, {"then", {{"anyOf", any}}}});
}

// One map with the keys of all, of which exactly one tag is there: editors then complete the keys and errors stay short.
Json to_schema(const Tagged& tagged) {
  Json json = {{"type", "object"}, {"properties", Json::object()}};
  Json tags = Json::array(), dependent = Json::object();
  std::map<std::string, SharedKey> keys;
  for (const auto& alternative : tagged.alternatives)
    for (const Field& field : alternative)
      if (&field != &alternative.front()) keys[field.key].tags.push_back(alternative.front().key);
  for (const auto& alternative : tagged.alternatives) {
    const std::string& tag = alternative.front().key;
    tags.push_back({{"required", {tag}}});
    for (const Field& field : alternative) {
      add_field(json, field);
      if (&field == &alternative.front()) continue;
      if (field.required) dependent[tag].push_back(field.key);
      SharedKey& key = keys[field.key];
      if (key.tags.size() == 1) dependent[field.key].push_back(tag);
      if (const Json& form = json["properties"][field.key]; std::find(key.forms.begin(), key.forms.end(), form) == key.forms.end()) key.forms.push_back(form);
    }
  }
  if (tagged.takes_note) add_notes(json);
  json["patternProperties"] = ignored_keys();
  json["additionalProperties"] = false;
  if (!dependent.empty()) json["dependentRequired"] = dependent;
  json["oneOf"] = tags;
  for (const auto& [key, shared] : keys) add_shared(json, key, shared, tagged.alternatives.size());
  return json;
}

Json to_schema(const Either& either) {
  Json json;
  for (const Shape& option : either.options) json["anyOf"].push_back(to_schema(option));
  return json;
}

Json to_schema(const Shape& shape) {
  Json json = std::visit([](const auto& form) { return to_schema(form); }, shape.form());
  if (!shape.doc().empty()) json["description"] = shape.doc();
  return json;
}

}  // namespace

std::string json_schema(const Grammar& grammar) {
  Json json = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", grammar.title}};
  json.update(to_schema(*grammar.root));
  json["description"] = grammar.doc;
  for (const auto& [name, shape] : grammar.named) {
    const auto* scalar = std::get_if<Scalar>(&shape.form());
    json["$defs"][name] = scalar != nullptr ? define(*scalar) : to_schema(shape);
  }
  return json.dump(2) + "\n";
}

std::string scenario_json_schema() { return json_schema(scenario_grammar()); }

}  // namespace muster
