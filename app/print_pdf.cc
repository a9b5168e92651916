#include "app/print_pdf.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "app/output.h"
#include "exercise/command.h"
#include "models/document.h"

namespace muster {
namespace {

namespace fs = std::filesystem;

// A folder of our own for the page and for what Chromium leaves; gone with this.
class Workplace {
 public:
  Workplace() {
    std::string name = (fs::temp_directory_path() / "muster-pdf-XXXXXX").string();
    if (!mkdtemp(name.data())) throw OutputFailure("cannot make a folder in " + fs::temp_directory_path().string());
    folder = name;
  }
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  fs::path folder;
};

}  // namespace

std::string find_chromium() {
  if (const char* named = std::getenv("MUSTER_CHROMIUM")) return access(named, X_OK) == 0 ? named : "";
  std::istringstream path(std::getenv("PATH") ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(path, folder, ':');)
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
      if (const std::string file = folder + "/" + name; access(file.c_str(), X_OK) == 0) return file;
  return "";
}

void print_pdf(const std::string& html, const std::string& file) {
  const Workplace place;
  const std::string page = (place.folder / "page.html").string(), printed = (place.folder / "page.pdf").string();
  write_file(page, html);
  CommandSettings settings;
  settings.argv = {find_chromium(), "--headless", "--disable-gpu", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync", "--no-first-run", "--no-pdf-header-footer",
                   "--user-data-dir=" + (place.folder / "profile").string(), "--virtual-time-budget=5000",
                   "--print-to-pdf=" + printed, "file://" + page};
  // Chromium refuses its sandbox to root.
  if (geteuid() == 0) settings.argv.insert(settings.argv.begin() + 1, "--no-sandbox");
  settings.timeout = 60;
  const CommandResult result = run_command(settings);
  std::error_code error;
  if (!result.succeeded() || !fs::exists(printed, error))
    throw OutputFailure("cannot write " + file + ": Chromium " + result.text() + "; " + result.tail);
  OutputFile out(file);
  out.stream() << read_file(printed, 256u << 20);
  out.commit();
}

}  // namespace muster
