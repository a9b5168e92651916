#include "exercise/footprint_looks.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "exercise/edge/serving.h"
#include "exercise/faults/cgroups.h"
#include "exercise/faults/nftables.h"
#include "exercise/faults/pressure.h"
#include "exercise/faults/qdiscs.h"
#include "exercise/processes.h"

namespace muster {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// As /proc/net/tcp has it: words of the machine's byte order, as hexadecimal digits.
std::string address_of(const std::string& hex) {
  const std::size_t colon = hex.find(':');
  unsigned char bytes[16] = {};
  for (std::size_t word = 0; word * 8 < colon; ++word) {
    const auto value = static_cast<std::uint32_t>(std::stoul(hex.substr(word * 8, 8), nullptr, 16));
    std::memcpy(bytes + word * 4, &value, 4);
  }
  char text[INET6_ADDRSTRLEN];
  const bool six = colon > 8;
  inet_ntop(six ? AF_INET6 : AF_INET, bytes, text, sizeof text);
  const std::string port = std::to_string(std::stoul(hex.substr(colon + 1), nullptr, 16));
  return six ? "[" + std::string(text) + "]:" + port : text + (":" + port);
}

}  // namespace

std::vector<std::string> tables_in(const std::string& netns, const std::string& where) {
  std::vector<std::string> out;
  for (const std::string kind : {"table", "chain"}) {
    const FilterAnswer answer = filter(netns, "list " + kind + "s", Filtering::list);
    if (!answer.done) throw std::runtime_error(answer.error);
    const json all = json::parse(answer.output);
    for (const json& item : all.at("nftables")) {
      if (!item.contains(kind)) continue;
      const json& one = item[kind];
      const std::string table = kind == "chain" ? one.at("table").get<std::string>() + " " : "";
      out.push_back(where + ": " + kind + " " + one.at("family").get<std::string>() + " " + table + one.at("name").get<std::string>());
    }
  }
  return out;
}

std::vector<std::string> qdiscs_in(const std::string& netns, const std::string& where) {
  std::vector<std::string> out;
  const json all = json::parse(all_qdiscs(netns));
  for (const json& one : all)
    out.push_back(where + ": qdisc " + one.at("handle").get<std::string>() + " " + one.at("kind").get<std::string>() + " at " +
                  one.at("dev").get<std::string>() + (one.contains("parent") ? " " + one["parent"].get<std::string>() : ""));
  return out;
}

std::vector<std::string> listeners_in(const std::string& netns, const std::string& where) {
  std::vector<std::string> out;
  in_network(netns, [&] {
    for (const std::string file : {"tcp", "tcp6"}) {
      std::ifstream in("/proc/thread-self/net/" + file);
      std::string line, number, local, remote, state;
      std::getline(in, line);
      while (std::getline(in, line)) {
        std::istringstream words(line);
        if (words >> number >> local >> remote >> state && state == "0A") out.push_back(where + ": listens at tcp " + address_of(local));
      }
    }
  });
  return out;
}

std::vector<std::string> stopped_in(const std::string& netns, const std::string& where) {
  std::vector<std::string> out;
  const auto network = network_named(netns);
  for (const ProcessSight& one : all_processes())
    if (one.state == 'T' && network_of(one.identity.pid) == network)
      out.push_back(where + ": process " + std::to_string(one.identity.pid) + " (" + one.command.substr(0, 60) + ") is stopped");
  return out;
}

std::vector<std::string> cgroups_there() {
  std::vector<std::string> out;
  for (const CgroupSight& one : cgroups_called("muster_")) out.push_back("machine: cgroup " + one.folder + (one.frozen ? ", frozen" : ""));
  return out;
}

std::vector<std::string> mounts_there() {
  std::vector<std::string> out;
  std::ifstream in("/proc/self/mounts");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string source, place, type;
    if (words >> source >> place >> type) out.push_back("machine: mount " + place + " of " + type);
  }
  if (out.empty()) throw std::runtime_error("/proc/self/mounts is empty");
  return out;
}

std::vector<std::string> namespaces_there() {
  std::vector<std::string> out;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/run/netns", none)) out.push_back("machine: network namespace " + entry.path().filename().string());
  return out;
}

std::vector<std::string> tagged_processes_there() {
  std::vector<std::string> out;
  for (const ProcessSight& one : all_processes()) {
    const std::string process = std::to_string(one.identity.pid);
    std::string name;
    std::ifstream comm("/proc/" + process + "/comm");
    std::getline(comm, name);
    if (one.dead() || (name != pressure_process && name != serving_process)) continue;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/proc/" + process + "/fd", none)) {
      std::error_code vanished;
      const std::string path = fs::read_symlink(entry.path(), vanished).string();
      if (path.find("/muster_") == std::string::npos && !path.starts_with("/memfd:muster_")) continue;
      out.push_back("machine: process " + process + " (" + name + ") has open " + path);
    }
  }
  return out;
}

}  // namespace muster
