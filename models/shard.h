#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// One part of a run that is spread over machines, as a file: what `--shard` writes and `muster merge` reads.
///
/// A shard holds everything that a merge needs, the files of the run among it, so that it can be merged elsewhere. The file is one
/// line of JSON for people, then bytes (models/archive.h), then their SHA-256: cut short or changed, it is refused.
namespace muster {

/// Which part of how many, from 1.
struct ShardPart {
  std::uint64_t index = 1, of = 1;
  friend bool operator==(const ShardPart&, const ShardPart&) = default;
  template <class Archive>
  friend void archive(Archive& a, ShardPart& p) {
    a(p.index, p.of);
  }
};

/// The replications of a part, a whole number of blocks, in [0, replications): parts follow one another without a gap.
std::pair<std::uint64_t, std::uint64_t> replications_of(const ShardPart& part, std::uint64_t replications, std::uint64_t block);

/// What all parts of one run have in common. Two shards belong together when their jobs are equal.
struct ShardJob {
  std::string program;  ///< version
  int draws = 0;
  std::string sha256;   ///< of everything that the result depends on
  std::vector<std::string> words;  ///< the command and its words, without those that change no result
  /// Names and bytes: the scenario as `words` name it; then a study's, likewise; then the tables that they name, from the scenario's folder; last a calibration, as `words` name it.
  std::vector<std::pair<std::string, std::string>> files;
  friend bool operator==(const ShardJob&, const ShardJob&) = default;
  template <class Archive>
  friend void archive(Archive& a, ShardJob& j) {
    a(j.program, j.draws, j.sha256, j.words, j.files);
  }
};
/// "" when equal; else what of it differs, in a sentence that begins with "it ": "it is of another seed (2 instead of 1)".
std::string difference(const ShardJob& expected, const ShardJob& found);
/// A short name of a job, for files: 12 hexadecimal digits.
std::string name_of(const ShardJob& job);

/// A shard file is not one, or damaged, or does not belong; what() names it and says what is wrong.
class BadShard : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The bytes of a file. `sections` are the parts of its result, read back one by one.
std::string shard_bytes(const ShardJob& job, const ShardPart& part, const std::vector<std::string>& sections);

/// A shard file that is open for reading and was found whole. A value once made: it keeps the path, and reads when asked.
class ShardFile {
 public:
  explicit ShardFile(const std::string& path);  ///< throws BadShard
  const std::string& path() const { return path_; }
  const ShardJob& job() const { return job_; }
  const ShardPart& part() const { return part_; }
  const std::string& sha256() const { return sha256_; }  ///< of the whole: duplicates have the same
  std::size_t sections() const { return sections_.size(); }
  std::string section(std::size_t i) const;  ///< throws BadShard where the file has changed since

 private:
  std::string path_, sha256_;
  ShardJob job_;
  ShardPart part_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> sections_;  ///< offset and size
};

}  // namespace muster
