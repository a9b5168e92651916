#pragma once
#include <string>

/// An HTML page in one file that asks the network for nothing.
namespace muster {

struct PageFrame {
  std::string title;
  std::string body;    ///< markup
  std::string charts;  ///< JSON for the charts (reports/web/src/data.ts); empty: none
};

/// UTF-8. Style, script and data are inside; a content security policy allows just these and no request.
std::string html_page(const PageFrame& frame);

}  // namespace muster
