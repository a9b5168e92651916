#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/faults/kinds.h"
#include "exercise/faults/pressure.h"
#include "exercise/refused.h"

/// Memory taken by a process that is the first to be killed should it run out. A share is what is in use, of all that there is, once it
/// is in effect; a size is what the process takes. Some always stays free.
namespace muster {
namespace {

using nlohmann::json;

constexpr double kStep = 16 << 20;  // bytes taken between looks

struct Memory {
  double total = 0, available = 0;
};

Memory memory_now() {
  Memory memory;
  std::ifstream in("/proc/meminfo");
  std::string word, unit;
  for (double kib; in >> word >> kib;) {
    if (word == "MemTotal:") memory.total = kib * 1024;
    if (word == "MemAvailable:") memory.available = kib * 1024;
    std::getline(in, unit);
  }
  if (memory.total <= 0 || memory.available <= 0) throw std::runtime_error("/proc/meminfo does not tell how much memory there is");
  return memory;
}

double kept_free(const Memory& memory) { return std::max(memory.total * 0.02, 64.0 * (1 << 20)); }

double wanted_bytes(const MemoryFault& fault, const Memory& memory) {
  if (fault.bytes) return *fault.bytes;
  return std::max(0.0, *fault.share * memory.total - (memory.total - memory.available));
}

void take(double bytes) {
  for (double taken = 0; taken < bytes; taken += kStep) {
    const auto size = static_cast<std::size_t>(std::min(kStep, bytes - taken));
    const Memory now = memory_now();
    if (now.available - static_cast<double>(size) < kept_free(now))
      throw std::runtime_error("only " + shown_bytes(taken) + " of " + shown_bytes(bytes) + " could be taken: the rest must stay free");
    void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw std::runtime_error("only " + shown_bytes(taken) + " of " + shown_bytes(bytes) + " could be had");
    std::memset(at, 1, size);
    ::mlock(at, size);  // where it may: it would else be swapped out, which is another fault
  }
}

class MemoryKind : public FaultKind {
 public:
  std::string name() const override { return "memory"; }
  LastResort last_resort() const override { return LastResort::fuse; }
  bool takes_machine() const override { return true; }
  std::vector<std::string> missing(const Target&) const override { return {}; }

  Effect prepare(const FaultPlan& fault, const Target& target, const Surroundings& around) const override {
    const Memory memory = memory_now();
    const auto& settings = std::get<MemoryFault>(fault.settings);
    const double bytes = wanted_bytes(settings, memory), most = memory.available - kept_free(memory);
    if (bytes > most)
      throw Refused({"it would take " + shown_bytes(bytes) + ", and " + shown_bytes(std::max(most, 0.0)) + " is the most that can be taken here: " +
                     shown_bytes(memory.available) + " of " + shown_bytes(memory.total) + " are available, of which " + shown_bytes(kept_free(memory)) + " must stay free"});
    if (bytes < 4096) throw Refused({"so much memory is in use already (" + shown_bytes(memory.total - memory.available) + " of " + shown_bytes(memory.total) + ")"});
    const json all{{"bytes", bytes}, {"ends-in", pressure_end(fault, around)}};
    return {around.exercise, fault.name, 0, name(), target, all.dump(), around.folder};
  }

  PlannedEffect describe(const Effect& effect) const override {
    PlannedEffect plan;
    plan.fault = effect.fault;
    plan.target = effect.target.name;
    plan.does = {"takes " + shown_bytes(json::parse(effect.settings).at("bytes").get<double>()) + " of memory, by a process that is the first to go should it run out"};
    plan.undone_by = {"killing it; it ends by itself too"};
    plan.by_hand = pressure_by_hand(effect);
    return plan;
  }

  void apply(const Effect& effect, double) const override {
    const json s = json::parse(effect.settings);
    const double bytes = s.at("bytes");
    // A bound of the kernel's too, with some room for the process itself.
    begin_pressure(effect, {1000, s.at("ends-in"), "memory", bytes + (32 << 20)}, [bytes](const auto& ready) {
      take(bytes);
      ready("holds " + shown_bytes(bytes) + " of memory");
    });
  }
  void undo(const Effect& effect) const override { end_pressure(effect); }
  Sight check(const Effect& effect) const override {
    try {
      return see_pressure(effect);
    } catch (const std::exception& error) {
      return {Presence::unknown, error.what()};
    }
  }
};

}  // namespace

const FaultKind& memory_kind() {
  static const MemoryKind kind;
  return kind;
}

}  // namespace muster
