#include "exercise/faults/cut.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "exercise/faults/cut_rules.h"
#include "exercise/faults/nftables.h"
#include "exercise/processes.h"
#include "exercise/refused.h"

namespace muster {
namespace {

using nlohmann::json;

std::string table_name(const Cut& cut) { return family_of(cut) + " " + cut.table; }

void require(const FilterAnswer& answer) {
  if (!answer.done) throw std::runtime_error("the packet filter refused: " + answer.error.substr(0, 400));
}

struct Table {
  bool there = false;
  std::size_t elements = 0;
  std::set<std::string> chains;
};

// Asked for by name, so that others' rules, which may be many, are not looked at.
Table look_at(const Cut& cut) {
  Table table;
  const FilterAnswer tables = filter(cut.netns, "list tables", Filtering::list);
  require(tables);
  const json all = json::parse(tables.output);
  for (const auto& item : all.at("nftables"))
    if (item.contains("table")) table.there |= item["table"]["name"] == cut.table && item["table"]["family"] == family_of(cut);
  if (!table.there) return table;
  const FilterAnswer whole = filter(cut.netns, "list table " + table_name(cut), Filtering::list);
  require(whole);
  const json contents = json::parse(whole.output);
  for (const auto& item : contents.at("nftables")) {
    if (item.contains("set") && item["set"].contains("elem")) table.elements += item["set"]["elem"].size();
    if (item.contains("chain")) table.chains.insert(item["chain"]["name"].get<std::string>());
  }
  return table;
}

}  // namespace

std::string to_text(const Cut& cut) {
  json spared = json::array();
  for (const Spared& one : cut.spared) spared.push_back({one.network, one.port});
  return json{{"netns", cut.netns},   {"table", cut.table},   {"how", static_cast<int>(cut.how)},
              {"inbound", cut.inbound}, {"share", cut.share}, {"peers4", cut.peers4},
              {"peers6", cut.peers6}, {"ports", cut.ports},   {"endpoints4", cut.endpoints4},
              {"endpoints6", cut.endpoints6}, {"spared", spared}}
      .dump();
}

Cut cut_from_text(const std::string& text) {
  const json j = json::parse(text);
  std::vector<Spared> spared;
  for (const json& one : j.at("spared")) spared.push_back({one.at(0), one.at(1)});
  return {j.at("netns"),  j.at("table"),  static_cast<PartitionFault::How>(j.at("how").get<int>()),
          j.at("inbound"), j.at("share"), j.at("peers4"),
          j.at("peers6"), j.at("ports"),  j.at("endpoints4"),
          j.at("endpoints6"), spared};
}

void rehearse_cut(const Cut& cut) {
  const FilterAnswer answer = filter(cut.netns, table_text(cut, network_devices(cut.netns), 10), Filtering::rehearse);
  if (!answer.done) throw Refused({"the packet filter would refuse its rules: " + answer.error.substr(0, 400)});
}

void make_cut(const Cut& cut, double lease) { require(filter(cut.netns, table_text(cut, network_devices(cut.netns), lease))); }

void renew_cut(const Cut& cut, double lease) {
  std::string batch;
  for (const ElementSet& set : sets_of(cut)) {
    const std::string at = " element " + table_name(cut) + " " + set.name + " { ";
    // One that has run out meanwhile must be there to be deleted.
    batch += "add" + at + elements(set, lease) + " }\ndelete" + at + keys(set) + " }\nadd" + at + elements(set, lease) + " }\n";
  }
  if (cut.how == PartitionFault::How::drop) {
    const Table table = look_at(cut);
    for (const Device& device : network_devices(cut.netns))
      if (!table.chains.contains(chain_of(device))) batch += chains_for(cut, device);
  }
  require(filter(cut.netns, batch));
}

void heal_cut(const Cut& cut) {
  if (network_named(cut.netns) == 0) return;  // the namespace is gone, and its tables with it
  require(filter(cut.netns, "add table " + table_name(cut) + "\ndelete table " + table_name(cut) + "\n"));
}

Sight see_cut(const Cut& cut) {
  try {
    if (network_named(cut.netns) == 0) return {Presence::gone, "the network namespace " + cut.netns + " is gone"};
    const Table table = look_at(cut);
    if (!table.there) return {Presence::gone, "table " + cut.table + " is gone"};
    std::size_t wanted = 0;
    for (const ElementSet& set : sets_of(cut)) wanted += set.values.size();
    const std::string count = std::to_string(table.elements) + " of its " + std::to_string(wanted) + " elements";
    if (table.elements < wanted)
      return {Presence::inert, "table " + cut.table + " is still there with " + count + "; the kernel has ended the others"};
    return {Presence::in_effect, "table " + cut.table + " holds " + count};
  } catch (const std::exception& error) {
    return {Presence::unknown, error.what()};
  }
}

std::string told(const Cut& cut) {
  std::vector<std::string> all = cut.peers4;
  all.insert(all.end(), cut.peers6.begin(), cut.peers6.end());
  for (const int port : cut.ports) all.push_back("port " + std::to_string(port));
  for (const auto& ends : {cut.endpoints4, cut.endpoints6})
    for (const auto& [host, port] : ends) all.push_back(host + " port " + std::to_string(port));
  if (cut.peers4 == std::vector<std::string>{"0.0.0.0/0"} && cut.peers6 == std::vector<std::string>{"::/0"}) all = {"all others"};
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : ", ") + one;
  return out;
}

std::vector<std::string> missing_for_cut(const Target& target) {
  const std::string who = "target " + target.name + ": ";
  if (geteuid() != 0) return {who + "cutting off a network needs root"};
  if (network_named(target.netns) == 0) return {who + "there is no network namespace " + target.netns};
  Cut sample;
  sample.netns = target.netns;
  sample.table = "muster_sample";
  sample.share = 0.5;
  sample.peers4 = {"192.0.2.0/24"};
  sample.peers6 = {"2001:db8::/32"};
  sample.endpoints4 = {{"192.0.2.1", 1}};
  std::vector<std::string> missing;
  for (const auto how : {PartitionFault::How::drop, PartitionFault::How::reject}) try {
      sample.how = how;
      const FilterAnswer answer = filter(target.netns, table_text(sample, network_devices(target.netns), 10), Filtering::rehearse);
      if (!answer.done) missing.push_back(who + "this kernel's packet filter cannot do it: " + answer.error.substr(0, 200));
    } catch (const std::exception& error) {
      missing.push_back(who + error.what());
    }
  return missing;
}

}  // namespace muster
