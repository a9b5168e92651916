#pragma once
#include <string>
#include <vector>

/// A table for a page, before it is HTML or Markdown.
namespace muster {

struct PageCell {
  std::string text;
  enum class Kind { text, number, name, verdict } kind = Kind::text;
};

struct PageTable {
  std::string caption;         ///< for those who do not see the heading above it
  std::vector<PageCell> head;  ///< kind `number`: aligned right
  std::vector<std::vector<PageCell>> rows;
};

/// A table of GitHub-flavoured Markdown, the caption as a paragraph above; "" without rows.
std::string markdown(const PageTable& table);

}  // namespace muster
