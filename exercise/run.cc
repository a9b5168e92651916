#include "exercise/run.h"

#include <sys/random.h>

#include <cstdlib>
#include <ctime>

#include "exercise/exercise_run.h"

namespace muster {

std::string new_run_id(const Clock& clock) {
  const std::time_t seconds = clock.now().wall / 1'000'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H-%M-%S-", &utc);
  unsigned char random[4];
  if (getrandom(random, sizeof random, 0) != sizeof random) std::abort();
  std::string id = text;
  for (const unsigned char byte : random)
    id += "abcdefghijkmnpqrstuvwxyz23456789"[byte % 32];  // none that looks like another
  return id;
}

std::unique_ptr<CommandUnderWay> start_command_of(const RunParts& parts, boost::asio::io_context& io, const CommandSettings& settings,
                                                  std::function<void(const CommandResult&)> done) {
  if (parts.start_command) return parts.start_command(io, settings, std::move(done));
  return std::make_unique<RunningCommand>(io, settings, std::move(done));
}

std::vector<PlannedEffect> planned_effects(const LoadedExercise& exercise, const std::string& id,
                                           const RunParts& parts) {
  std::vector<PlannedEffect> planned;
  if (exercise.exercise.kind == Exercise::Kind::tabletop) return planned;
  for (const PreparedFault& fault : prepare_faults(exercise.exercise, id, parts.run_root + "/" + id, parts))
    planned.push_back(fault.planned);
  return Masking(secrets_of(exercise.exercise))(std::move(planned));
}

RunEnded run_exercise(const LoadedExercise& exercise, const RunSettings& settings, const RunPorts& ports,
                      const RunParts& parts) {
  return ExerciseRun(exercise, settings, ports, parts).run();
}

}  // namespace muster
