#include "tests/models/validator.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
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
