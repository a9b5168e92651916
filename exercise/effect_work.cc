#include "exercise/effect_work.h"

#include <poll.h>
#include <signal.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exercise/clock.h"

namespace muster {
namespace {

using nlohmann::json;

constexpr double kSettling = 3;  // seconds within which what was done must show
constexpr double kLockPatience = 30;

const FaultKind& kind_of(const Effect& effect) {
  if (const FaultKind* kind = fault_kind(effect.kind)) return *kind;
  throw std::runtime_error("this program knows no faults of the kind " + effect.kind);
}

Sight look_until(const Effect& effect, Presence wanted) {
  const Moment since = system_clock().now();
  for (;;) {
    const Sight sight = kind_of(effect).check(effect);
    if (sight.presence == wanted || system_clock().now().since(since) > kSettling) return sight;
    ::poll(nullptr, 0, 50);
  }
}

std::unique_ptr<Errand> apart(int death_signal, const std::function<Sight()>& work) {
  return std::make_unique<Errand>(death_signal, [&](int out) {
    json said;
    try {
      const Sight sight = work();
      said = {{"presence", static_cast<int>(sight.presence)}, {"what", sight.what}};
    } catch (const std::exception& error) {
      said = {{"why", error.what()}};
    }
    write_all(out, said.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  });
}

}  // namespace

std::unique_ptr<Errand> apply_apart(const std::string& list_folder, const Effect& effect, double lease) {
  return apart(SIGKILL, [&] {
    const EffectLock lock(list_folder, effect.number, kLockPatience);
    const FaultKind& kind = kind_of(effect);
    kind.apply(effect, lease);
    if (!kind.momentary(effect)) return look_until(effect, Presence::in_effect);
    return Sight{Presence::in_effect, kind.check(effect).what};  // its own apply saw it happen; it may be over by now
  });
}

std::unique_ptr<Errand> undo_apart(const std::string& list_folder, const Effect& effect) {
  return apart(0, [&] {
    const EffectLock lock(list_folder, effect.number, kLockPatience);
    kind_of(effect).undo(effect);
    return look_until(effect, Presence::gone);
  });
}

std::unique_ptr<Errand> check_apart(const Effect& effect) {
  return apart(SIGKILL, [&] { return kind_of(effect).check(effect); });
}

std::unique_ptr<Errand> renew_apart(const Effect& effect, double lease) {
  return apart(SIGKILL, [&] {
    kind_of(effect).renew(effect, lease);
    return Sight{};
  });
}

std::unique_ptr<Errand> fence_apart(const CommandSettings& fence) {
  return apart(0, [&] {
    const CommandResult result = run_command(fence);
    if (!result.succeeded()) throw std::runtime_error(result.text());
    return Sight{};
  });
}

WorkResult result_of(const Errand& errand) try {
  const json said = json::parse(errand.said());
  if (said.contains("why")) return {false, Presence::unknown, said.at("why")};
  return {true, static_cast<Presence>(said.at("presence").get<int>()), said.at("what")};
} catch (const json::exception&) {
  return {false, Presence::unknown, "the process that was at it died"};
}

}  // namespace muster
