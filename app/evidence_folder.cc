#include "app/evidence_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "app/output.h"
#include "exercise/command.h"
#include "models/fingerprint.h"
#include "reports/evidence.h"

namespace muster {
namespace {

namespace fs = std::filesystem;

// Gone with this, unless it got its name.
class Draft {
 public:
  explicit Draft(const fs::path& target) : target_(target) {
    std::string name = target.string() + ".partial-XXXXXX";
    if (!mkdtemp(name.data())) throw OutputFailure("cannot make a folder beside " + target.string() + ": " + std::error_code(errno, std::generic_category()).message());
    path_ = name;
  }
  ~Draft() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  const fs::path& path() const { return path_; }

  void finish() {
    std::error_code error;
    fs::permissions(path_, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec | fs::perms::others_read | fs::perms::others_exec, error);
    const int descriptor = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
      ::fsync(descriptor);
      ::close(descriptor);
    }
    fs::rename(path_, target_, error);  // over an empty folder too, and over no other
    if (error) throw OutputFailure("cannot give " + target_.string() + " its name: " + error.message());
    path_.clear();
  }

 private:
  fs::path target_, path_;
};

fs::path target_of(const std::string& folder) {
  fs::path target = fs::absolute(folder).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  return target;
}

void sign(const fs::path& manifest, const std::string& key) {
  CommandSettings settings;
  settings.argv = {"ssh-keygen", "-Y", "sign", "-f", fs::absolute(key).string(), "-n", evidence_namespace, manifest.string()};
  settings.env = {{"SSH_ASKPASS_REQUIRE", "never"}, {"LC_ALL", "C"}};
  const CommandResult result = run_command(settings);
  std::error_code missing;
  if (result.succeeded() && fs::exists(manifest.string() + ".sig", missing)) return;
  std::string why = result.tail;
  while (!why.empty() && why.back() == '\n') why.pop_back();
  throw OutputFailure("cannot sign with " + key + ": ssh-keygen " + result.text() + (why.empty() ? "" : ": " + why));
}

}  // namespace

std::string safe_name(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool right = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    out += right ? c : '-';
  }
  return out.empty() || out.front() == '.' ? "-" + out : out;
}

void require_free(const std::string& folder) {
  const fs::path target = target_of(folder);
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) throw OutputFailure(folder + " is there and is no folder; nothing is written over");
  if (!fs::is_empty(target, error) || error) throw OutputFailure(folder + " is not empty; nothing is written over");
}

void write_evidence(const std::string& folder, const std::map<std::string, std::string>& files, const std::string& key) {
  require_free(folder);
  Draft draft(target_of(folder));
  std::string manifest;
  for (const auto& [name, bytes] : files) {
    const fs::path path = draft.path() / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) throw OutputFailure("cannot make " + path.parent_path().string() + ": " + error.message());
    write_file(path.string(), bytes);
    manifest += sha256_hex(bytes) + "  " + name + "\n";
  }
  const fs::path sums = draft.path() / "SHA256SUMS";
  write_file(sums.string(), manifest);
  if (!key.empty()) sign(sums, key);
  draft.finish();
}

}  // namespace muster
