#pragma once
#include <map>
#include <string>

/// A folder of files that appears whole or not at all, with a manifest of their hashes, signed if a key is given.
namespace muster {

/// Files by their path in the folder: letters, digits, dots, dashes, underscores and slashes. Writes them, SHA256SUMS (as sha256sum(1)
/// reads it) and with a `key` SHA256SUMS.sig (ssh-keygen(1), of a private key's file, or of a public one's whose private one an agent
/// has) into a temporary folder beside `folder`, which then takes its name. Throws OutputFailure, with the reason that ssh-keygen
/// gives where it cannot sign; then nothing is left. An empty folder is replaced; a folder with something in it, or a file, is refused.
void write_evidence(const std::string& folder, const std::map<std::string, std::string>& files, const std::string& key);

/// Whether it could be written as far as is known beforehand: the same refusals, without doing anything.
void require_free(const std::string& folder);

/// The name of a file in a pack for something that people named: other characters become dashes.
std::string safe_name(const std::string& name);

}  // namespace muster
