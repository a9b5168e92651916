#include <sys/stat.h>

#include "app/commands.h"
#include "app/output.h"
#include "app/templates.h"
#include "models/wording.h"

namespace muster {
namespace {

std::vector<std::string> template_names() {
  std::vector<std::string> names;
  for (const Template& one : templates()) names.emplace_back(one.name);
  return names;
}

std::string_view text_of(const std::string& name) {
  for (const Template& one : templates())
    if (one.name == name) return one.text;
  throw UsageError("--template " + in_quotes(name) + ": there is " + listed(template_names(), "and") +
                   did_you_mean(name, template_names()));
}

}  // namespace

Command init_options() {
  return {"init",
          "Writes a commented scenario to begin with; to the standard output without a FILE. An existing "
          "file is left as it is.",
          "[FILE]",
          {{"template", "NAME", listed(template_names(), "or") + " (" + template_names().front() + ")"},
           {"force", "", "write over an existing file"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster init plan.yaml && muster simulate plan.yaml\n"
          "  muster init --template three-tier > plan.yaml\n"};
}

ExitCode init_command(const Arguments& arguments) {
  const std::string_view text = text_of(arguments.value("template", template_names().front()));
  const std::string path = arguments.positional.empty() ? "-" : arguments.positional.front();
  struct stat there {};
  if (path != "-" && !arguments.has("force") && ::lstat(path.c_str(), &there) == 0) {
    print_error("muster init: " + path + " is there already; --force writes over it\n");
    return ExitCode::precondition;
  }
  write_file(path, text);
  if (path != "-")
    print("Wrote " + path + ". Next: muster check " + path + "; muster simulate " + path + "\n");
  return ExitCode::done;
}

}  // namespace muster
