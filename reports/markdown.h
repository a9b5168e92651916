#pragma once
#include <string>
#include <string_view>
#include <vector>

/// Markdown (CommonMark with GitHub's tables). Pure and thread-safe.
namespace muster {

/// A text as it is, on one line: nothing in it is markup, nor ends a cell of a table.
std::string markdown_text(std::string_view text);
/// The same in a code span; nothing for an empty one.
std::string markdown_code(std::string_view text);
/// A block of lines as they are; control characters but for line ends are shown as '?'. Ends with a newline.
std::string markdown_block(std::string_view text);
/// A table; cells are markdown already. A missing cell is empty. Nothing without a row.
std::string markdown_table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows);
/// One item a line; items are markdown already.
std::string markdown_list(const std::vector<std::string>& items);

}  // namespace muster
