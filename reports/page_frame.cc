#include "reports/page_frame.h"

#include "reports/markup.h"
#include "reports/web_assets.h"

namespace muster {
namespace {

// "</script" inside would end the element; "<" has another spelling in JSON.
std::string safe_json(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string html_page(const PageFrame& frame) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
      "script-src '";
  out += page_script_hash();
  out +=
      "'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n<title>" +
      escaped(frame.title) + "</title>\n<style>";
  out += page_style();
  out += "</style>\n</head>\n<body>\n" + frame.body;
  if (!frame.charts.empty()) {
    out += "\n<script type=\"application/json\" id=\"charts\">" + safe_json(frame.charts) + "</script>\n<script>";
    out += page_script();
    out += "</script>";
  }
  return out + "\n</body>\n</html>\n";
}

}  // namespace muster
