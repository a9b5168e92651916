#pragma once
#include <string>

namespace muster {

/// Where Chromium is, by MUSTER_CHROMIUM or in the PATH; "" where it is not.
std::string find_chromium();

/// Prints a page to a file on A4 by Chromium, without network. Throws OutputFailure when that fails or takes more than a minute.
void print_pdf(const std::string& html, const std::string& file);

}  // namespace muster
