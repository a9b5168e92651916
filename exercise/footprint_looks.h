#pragma once
#include <functional>
#include <string>
#include <vector>

/// The single looks of a footprint: each gives lines that begin with where. They throw std::runtime_error where they cannot look.
namespace muster {

std::vector<std::string> tables_in(const std::string& netns, const std::string& where);
std::vector<std::string> qdiscs_in(const std::string& netns, const std::string& where);
std::vector<std::string> listeners_in(const std::string& netns, const std::string& where);
std::vector<std::string> stopped_in(const std::string& netns, const std::string& where);
std::vector<std::string> cgroups_there();
std::vector<std::string> mounts_there();
std::vector<std::string> namespaces_there();
/// Who presses on the machine has a file open that is called after the effect, whatever it does; a file system's filling one too.
std::vector<std::string> tagged_processes_there();

}  // namespace muster
