#include "models/file_kind.h"

#include <array>

#include "models/wording.h"

namespace muster {
namespace {

struct Known {
  FileKind kind;
  const char *key, *what, *taken_by;
};

constexpr std::array<Known, 6> kinds{{
    {FileKind::scenario, "muster", "a scenario", "muster check and muster simulate take it"},
    {FileKind::exercise, "muster-exercise", "an exercise", "muster exercise check and muster exercise run take it"},
    {FileKind::bindings, "muster-bindings", "a file of bindings", "muster incident run SCENARIO --bindings takes it"},
    {FileKind::study, "muster-what-if", "a study", "muster what-if SCENARIO STUDY takes it"},
    {FileKind::programme, "muster-programme", "an exercise programme", "muster schedule takes it"},
    {FileKind::calibration, "muster-calibration", "a calibration", "--calibration of muster simulate and others takes it"},
}};

[[noreturn]] void refuse(const Document& document, const Member& at, const std::string& message) {
  throw InvalidInput({{Problem::Severity::error, document.sources.at(0), at.place.line, at.place.column, "/" + at.key, message}});
}

}  // namespace

void refuse_other_kind(const Document& document, FileKind read) {
  const Known& wanted = kinds.at(static_cast<std::size_t>(read));
  const std::string expected = std::string("; expected ") + wanted.what + ", with `" + wanted.key + ": 1` at the top";
  const Node* command = document.root.find("command");
  const bool result = command != nullptr && command->is_scalar() && document.root.find("program") != nullptr;
  for (const Member& member : document.root.members)
    if (result && member.key == "muster") refuse(document, member, "this is a result that muster " + printable(command->text, 40) + " wrote" + expected);
  if (document.root.find(wanted.key) != nullptr) return;
  for (const Member& member : document.root.members)
    for (const Known& other : kinds)
      if (member.key == other.key) refuse(document, member, std::string("this is ") + other.what + ", and " + other.taken_by + expected);
}

}  // namespace muster
