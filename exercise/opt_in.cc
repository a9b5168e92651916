#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "exercise/guard.h"
#include "exercise/guard_files.h"
#include "exercise/refused.h"
#include "models/wording.h"

namespace muster {
namespace {

constexpr std::size_t kLargest = 64 << 10;

std::vector<std::string> texts_at(const Node& root, const std::string& key, const std::string& file, std::vector<std::string>& wrong) {
  std::vector<std::string> out;
  const Node* list = root.find(key);
  if (!list) return out;
  if (list->kind != Node::Kind::list) {
    wrong.push_back(file + ":" + std::to_string(list->place.line) + ": " + key + " must be a list, but is " + describe(*list));
    return out;
  }
  for (const Node& item : list->items)
    if (item.is_scalar() && item.kind != Node::Kind::null) out.push_back(item.text);
    else wrong.push_back(file + ":" + std::to_string(item.place.line) + ": " + key + " must hold names, but there is " + describe(item));
  return out;
}

std::string example(const std::string& file) {
  return "; whoever owns it says so in " + file + ", for example:\n    environment: staging\n    allows: [process, partition]\n    management: [\"10.0.0.5:22\"]";
}

}  // namespace

GuardFile read_guard_file(const std::string& path, const std::vector<std::string>& known) {
  GuardFile out;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) out.wrong.push_back(path + " cannot be looked at: " + std::generic_category().message(errno));
    return out;
  }
  out.there = true;
  // Whoever may write it decides what is broken.
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) out.wrong.push_back(path + " belongs to another user; it must be root's" + (::geteuid() == 0 ? "" : " or yours"));
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) out.wrong.push_back(path + " can be written by others than its owner; chmod go-w " + path);
  if (!out.wrong.empty()) return out;
  try {
    const Document document = read_document(read_file(path, kLargest), path);
    for (const Problem& problem : document.problems) out.wrong.push_back(problem.text());
    if (document.root.kind != Node::Kind::map) out.wrong.push_back(path + ": must be a map with the keys " + known.front() + ", …, but is " + describe(document.root));
    for (const Member& member : document.root.members)
      if (std::find(known.begin(), known.end(), member.key) == known.end())
        out.wrong.push_back(path + ":" + std::to_string(member.place.line) + ": the key " + member.key + " is not known; keys are " + joined(known));
    out.root = document.root;
  } catch (const InvalidInput& invalid) {
    out.wrong.push_back(invalid.what());
  }
  return out;
}

std::vector<std::string> names_in(const GuardFile& file, const std::string& path, const std::string& key, std::vector<std::string>& wrong) {
  return texts_at(file.root, key, path, wrong);
}

OptIn read_opt_in(const Target& target) {
  OptIn opt;
  opt.file = target.netns.empty() ? "/etc/muster/target.yaml" : "/etc/netns/" + target.netns + "/muster/target.yaml";
  GuardFile file = read_guard_file(opt.file, {"environment", "allows", "management"});
  const std::string who = "target “" + target.name + "”: ";
  std::vector<std::string> reasons;
  for (const std::string& wrong : file.wrong) reasons.push_back(who + wrong);
  if (!file.there && reasons.empty()) reasons.push_back(who + "it has not agreed to be broken: there is no " + opt.file + example(opt.file));
  if (!reasons.empty()) throw Refused(reasons);
  const Node* environment = file.root.find("environment");
  if (environment && environment->is_scalar() && environment->kind != Node::Kind::null) opt.environment = environment->text;
  else reasons.push_back(who + opt.file + " does not say which environment it is" + example(opt.file));
  std::vector<std::string> wrong;
  opt.allows = texts_at(file.root, "allows", opt.file, wrong);
  opt.management = texts_at(file.root, "management", opt.file, wrong);
  for (const std::string& each : wrong) reasons.push_back(who + each);
  if (!reasons.empty()) throw Refused(reasons);
  return opt;
}

}  // namespace muster
