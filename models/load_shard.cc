#include <fstream>

#include "models/archive.h"
#include "models/fingerprint.h"
#include "models/shard.h"

namespace muster {
namespace {

constexpr std::string_view magic = "{\"muster-shard\":1,";
constexpr std::size_t longest_line = 4096, digest = 64;
constexpr std::uint64_t largest = std::uint64_t{1} << 36;

}  // namespace

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
