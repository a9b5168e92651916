#include "models/document.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "models/json_reader.h"
#include "models/text_check.h"
#include "models/wording.h"
#include "models/yaml_reader.h"

namespace muster {

const Node* Node::find(std::string_view key) const {
  for (const Member& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

Node* Node::find(std::string_view key) {
  for (Member& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
    case Node::Kind::null: return "nothing";
    case Node::Kind::text: return in_quotes(node.text);
    default: return node.text.size() > 60 ? in_quotes(node.text) : node.text;
  }
}

namespace {

[[noreturn]] void refuse(const std::string& name, std::string message) {
  throw InvalidInput({{Problem::Severity::error, name, 0, 0, "", std::move(message)}});
}

std::string too_large(std::size_t limit) {
  return "larger than " + std::to_string(limit) + " bytes, the most that is read";
}

}  // namespace

Document read_document(std::string_view text, const std::string& name, const LoadLimits& limits) {
  if (text.size() > limits.bytes) refuse(name, too_large(limits.bytes));
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  check_text(text, name);
  if (auto document = read_json(text, name, limits)) return *std::move(document);
  return read_yaml(text, name, limits);
}

std::string read_file(const std::string& path, std::size_t limit) {
  auto fail = [&](const char* what) { refuse(path, std::string(what) + std::generic_category().message(errno)); };
  struct Handle {
    int fd;
    ~Handle() {
      if (fd >= 0) ::close(fd);
    }
  } file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0) fail("cannot be opened: ");
  std::string text;
  char block[65536];
  for (;;) {
    ssize_t got = ::read(file.fd, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("cannot be read: ");
    if (got == 0) return text;
    text.append(block, static_cast<std::size_t>(got));
    if (text.size() > limit) refuse(path, too_large(limit));
  }
}

}  // namespace muster
