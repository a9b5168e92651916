#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/page_table.h"

/// HTML as text. Whatever comes from a file is escaped; control characters become spaces.
namespace muster {

std::string escaped(std::string_view text);

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// Elements are opened and closed in order; a missing close is a bug and stops.
class Markup {
 public:
  Markup& open(const std::string& tag, const Attributes& attributes = {});
  Markup& close();
  Markup& text(std::string_view text);
  /// An element with nothing but text.
  Markup& element(const std::string& tag, std::string_view text, const Attributes& attributes = {});
  /// Ends an element that has no closing tag, such as an input.
  Markup& void_close();
  /// As it is: markup that is ready.
  Markup& raw(std::string_view markup);
  /// What was built; everything must be closed.
  std::string done() const;

 private:
  std::string out_;
  std::vector<std::string> open_;
};

/// A table with column headings for screen readers; nothing without rows.
void add_table(Markup& page, const PageTable& table);

}  // namespace muster
