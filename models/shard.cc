#include "models/shard.h"

#include <nlohmann/json.hpp>

#include "models/archive.h"
#include "models/fingerprint.h"

namespace muster {
namespace {

std::string text_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

std::pair<std::uint64_t, std::uint64_t> replications_of(const ShardPart& part, std::uint64_t replications, std::uint64_t block) {
  const std::uint64_t blocks = (replications + block - 1) / block;
  // In parts of equal size but for one block; no product that could overflow.
  const auto first_of = [&](std::uint64_t index) { return std::min(replications, block * (blocks / part.of * index + std::min(index, blocks % part.of))); };
  return {first_of(part.index - 1), first_of(part.index)};
}

std::string difference(const ShardJob& expected, const ShardJob& found) {
  if (found.program != expected.program) return "it was made by muster " + found.program + ", not " + expected.program;
  if (found.draws != expected.draws) return "its random draws are of version " + std::to_string(found.draws) + ", not " + std::to_string(expected.draws);
  if (found.words != expected.words) return "it is of another run, \"" + text_of(found.words) + "\" and not \"" + text_of(expected.words) + "\"";
  if (found.sha256 != expected.sha256) return "its scenario says something else (" + found.sha256.substr(0, 12) + ", not " + expected.sha256.substr(0, 12) + ")";
  if (found.files != expected.files) return "its files have other texts, though they mean the same";
  return "";
}

std::string name_of(const ShardJob& job) {
  ArchiveWriter bytes;
  bytes(job);
  return sha256_hex(bytes.take()).substr(0, 12);
}

std::string shard_bytes(const ShardJob& job, const ShardPart& part, const std::vector<std::string>& sections) {
  const nlohmann::ordered_json line = {{"muster-shard", 1},          {"shard", part.index},     {"of", part.of},
                                       {"command", text_of(job.words).substr(0, 1000)}, {"program", job.program}, {"sha256", job.sha256}};
  std::string bytes = line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  ArchiveWriter rest;
  rest(job, part, static_cast<std::uint64_t>(sections.size()));
  bytes += rest.take();
  for (const std::string& section : sections) {
    ArchiveWriter one;
    one(section);
    bytes += one.take();
  }
  return bytes + sha256_hex(bytes);
}

}  // namespace muster
