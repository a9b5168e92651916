#include "tests/models/validator.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "models/load.h"

namespace muster {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string bytes_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

void expect_shipped(const fs::path& path, const std::string& schema) {
  if (std::getenv("MUSTER_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << schema;
  EXPECT_EQ(bytes_of_file(path), schema) << "MUSTER_UPDATE_GOLDEN=1 writes it anew";
}

std::size_t expect_described(const std::string& schema) {
  std::size_t described = 0;
  std::function<void(const Json&, const std::string&)> check = [&](const Json& at, const std::string& pointer) {
    if (at.is_object() && at.contains("properties") && at.contains("additionalProperties"))
      for (const auto& [key, value] : at["properties"].items()) {
        EXPECT_TRUE(value.contains("description") && !value["description"].get<std::string>().empty()) << pointer << "/" << key;
        ++described;
      }
    if (at.is_structured())
      for (const auto& [key, value] : at.items()) check(value, pointer + "/" + key);
  };
  check(Json::parse(schema), "");
  return described;
}

Json as_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::boolean:
      return node.text[0] == 't' || node.text[0] == 'T';
    case Node::Kind::text:
      return node.text;
    case Node::Kind::number: {
      if (Json parsed = Json::parse(node.text, nullptr, false); !parsed.is_discarded()) return parsed;
      char* end = nullptr;
      return std::strtod(node.text.c_str(), &end);
    }
    case Node::Kind::list: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(as_json(item));
      return list;
    }
    case Node::Kind::map: {
      Json map = Json::object();
      for (const Member& member : node.members) map[member.key] = as_json(member.value);
      return map;
    }
  }
  return nullptr;
}

std::map<std::string, std::string> judge(const std::string& schema, const Json& documents) {
  const fs::path folder = fs::temp_directory_path() / ("muster-schema-" + std::to_string(::getpid()));
  fs::create_directory(folder);
  std::ofstream(folder / "documents.json") << documents;
  std::ofstream(folder / "schema.json") << schema;
  const std::string command = "/usr/bin/python3 " +
                              (fs::path(MUSTER_SOURCE) / "tests/models/validate.py").string() + " " +
                              (folder / "schema.json").string() + " " + (folder / "documents.json").string() +
                              " > " + (folder / "verdicts.json").string();
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  const std::string verdicts = bytes_of_file(folder / "verdicts.json");
  fs::remove_all(folder);
  return Json::parse(verdicts).get<std::map<std::string, std::string>>();
}

std::map<std::string, std::string> judge(const std::string& schema, const std::vector<fs::path>& files) {
  Json all = Json::object();
  for (const fs::path& file : files) {
    try {
      all[file.string()] = as_json(read_document(bytes_of_file(file), file.string()).root);
    } catch (const InvalidInput&) {
    }
  }
  return judge(schema, all);
}

}  // namespace muster
