#include "models/load.h"
#include "models/wording.h"

namespace muster {

std::string Problem::text() const {
  std::string out = file;
  if (line > 0) out += ":" + std::to_string(line);
  if (line > 0 && column > 0) out += ":" + std::to_string(column);
  out += severity == Severity::warning ? ": warning: " : ": ";
  if (!pointer.empty()) out += pointer + ": ";
  return printable(out + message);
}

namespace {
std::string lines_of(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) out += (out.empty() ? "" : "\n") + problem.text();
  return out;
}
}  // namespace

InvalidInput::InvalidInput(std::vector<Problem> problems)
    : std::runtime_error(lines_of(problems)), problems_(std::move(problems)) {}

}  // namespace muster
