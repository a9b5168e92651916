#pragma once
#include <cstdint>

#include "models/draw.h"

/// Where the draws of a replication come from: its seed and number (models/draw.h), or somebody who deals them.
namespace muster {

/// Deals draws to a replication. Asked again for the same draw of the same replication, it gives the same. Belongs to one thread.
class Dealer {
 public:
  virtual ~Dealer() = default;
  virtual Uniform01 value(Stream name, std::uint32_t attempt, std::uint32_t part) = 0;
  virtual Uniform01 second(Stream name, std::uint32_t attempt, std::uint32_t part) = 0;  ///< where a draw is of two uniforms
  virtual bool heads(Stream name, std::uint32_t attempt, std::uint32_t part, double probability) = 0;
};

struct Luck {
  std::uint64_t seed = 0;
  std::uint32_t replication = 0;
  Dealer* dealer = nullptr;

  Uniform01 value(Stream name, std::uint32_t attempt = 0, std::uint32_t part = 0) const {
    return dealer ? dealer->value(name, attempt, part) : uniform(draw(seed, replication, name, attempt, part));
  }
  Uniform01 second(Stream name, std::uint32_t attempt = 0, std::uint32_t part = 0) const {
    return dealer ? dealer->second(name, attempt, part) : second_uniform(draw(seed, replication, name, attempt, part));
  }
  /// Whether the coin shows heads.
  bool heads(Stream name, std::uint32_t attempt, std::uint32_t part, double probability) const {
    return dealer ? dealer->heads(name, attempt, part, probability) : muster::heads(draw(seed, replication, name, attempt, part), probability);
  }
};

}  // namespace muster
