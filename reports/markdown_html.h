#pragma once
#include <string>
#include <string_view>

#include "reports/markup.h"

/// Markdown as HTML, for documents that are written once and read as both. Pure and thread-safe.
///
/// Read is what reports/markdown.h writes: paragraphs, lists, tables, blocks of lines, and in them escaped characters, code and
/// strong text. Other markup of CommonMark is text here, and so can nothing that it did not escape become an element.
namespace muster {

/// The inline text of one line or cell.
std::string html_of_inline(std::string_view markdown);
/// Adds the blocks of a text. A table is named by `caption` for those who do not see the heading above it.
void add_markdown(Markup& page, std::string_view markdown, const std::string& caption);

}  // namespace muster
