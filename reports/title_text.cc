#include "reports/title_text.h"

#include <vector>

#include "reports/layout.h"

namespace muster {

std::string title_text(const std::string& title, const std::string& file, const DocumentControl& d, const Style& style) {
  std::string out = style.paint(Ink::bold, wrapped(printable(title), style.width));
  std::vector<std::string> control;
  if (!d.version.empty()) control.push_back("version " + d.version);
  if (!d.owner.empty()) control.push_back("owner " + d.owner);
  if (!d.approved_by.empty())
    control.push_back("approved by " + d.approved_by + (d.approved_on.empty() ? "" : " on " + d.approved_on));
  if (!d.review_by.empty()) control.push_back("review by " + d.review_by);
  std::string line = printable(file);
  for (const std::string& one : control) line += " · " + printable(one);
  return out + style.paint(Ink::dim, wrapped(line, style.width));
}

}  // namespace muster
