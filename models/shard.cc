#include "models/shard.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "models/archive.h"
#include "models/fingerprint.h"

namespace muster {
namespace {

constexpr std::string_view magic = "{\"muster-shard\":1,";
constexpr std::size_t longest_line = 4096, digest = 64;
constexpr std::uint64_t largest = std::uint64_t{1} << 36;

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

ShardFile::ShardFile(const std::string& path) : path_(path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw BadShard(path + " cannot be read");
  const auto end = file.tellg();
  const std::uint64_t size = end < 0 ? 0 : static_cast<std::uint64_t>(end);
  if (size > largest) throw BadShard(path + " is larger than any shard");
  std::string bytes(size, '\0');
  file.seekg(0);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) throw BadShard(path + " cannot be read");
  if (!bytes.starts_with(magic)) throw BadShard(path + (bytes.starts_with("{\"muster-shard\":") ? " is a shard of another version of muster" : " is no shard"));
  const std::size_t line = bytes.substr(0, longest_line).find('\n');
  if (line == std::string::npos || size < line + 1 + digest) throw BadShard(path + " is cut short; run its shard again");
  sha256_ = bytes.substr(size - digest);
  if (sha256_hex(std::string_view(bytes).substr(0, size - digest)) != sha256_) throw BadShard(path + " is cut short or damaged; run its shard again");
  try {
    const std::string_view all = std::string_view(bytes).substr(line + 1, size - digest - line - 1);
    ArchiveReader reader(all);
    std::uint64_t count = 0;
    reader(job_, part_, count);
    if (part_.of == 0 || part_.index == 0 || part_.index > part_.of || count > size) throw DamagedArchive();
    std::uint64_t at = line + 1 + (all.size() - reader.left());
    for (std::uint64_t i = 0; i < count; ++i) {
      std::uint64_t length = 0;
      ArchiveReader one(std::string_view(bytes).substr(at, std::min<std::uint64_t>(8, size - digest - at)));
      one(length);
      at += 8;
      if (length > size - digest - at) throw DamagedArchive();
      sections_.emplace_back(at, length);
      at += length;
    }
    if (at != size - digest) throw DamagedArchive();
  } catch (const DamagedArchive& damaged) {
    throw BadShard(path + ": " + damaged.what() + "; run its shard again");
  }
}

std::string ShardFile::section(std::size_t i) const {
  const auto [at, size] = sections_.at(i);
  std::ifstream file(path_, std::ios::binary);
  std::string bytes(size, '\0');
  file.seekg(static_cast<std::streamoff>(at));
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) throw BadShard(path_ + " has changed while it was read");
  return bytes;
}

}  // namespace muster
