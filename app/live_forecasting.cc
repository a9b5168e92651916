#include "app/live_forecasting.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "app/predictions.h"
#include "exercise/clock.h"
#include "models/progress_of_record.h"
#include "sim/live.h"

namespace muster {
namespace {

using namespace std::chrono_literals;
constexpr auto budget = 200ms, between = 700ms, at_most_every = 100ms;
constexpr std::uint64_t least = 200, most = 5'000;
constexpr auto fresh = 5s;

Scenario scenario_of(const LoadedExercise& loaded) {
  const bool incident = loaded.exercise.kind == Exercise::Kind::incident;
  return incident ? loaded.scenario : without_repair(loaded.scenario, loaded.exercise.outage);
}

bool ends_a_step(const Happening& happening) {
  const auto* change = std::get_if<StepChanged>(&happening.what);
  return change && (change->change == StepChange::succeeded || change->change == StepChange::failed || change->change == StepChange::replaced);
}

}  // namespace

struct LiveForecasting::State {
  const LoadedExercise& loaded;
  const std::uint64_t seed;
  const std::function<ExerciseRecord()> record;
  const std::function<void(const LiveForecast&, bool)> show;
  std::mutex mutex;
  std::condition_variable changed;
  bool stop = false, step_ended = false;

  void work() {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 10);
    const Scenario scenario = scenario_of(loaded);
    const LiveSimulation live(scenario, loaded.exercise.outage);
    std::unique_lock lock(mutex);
    while (!stop) {
      const auto began = std::chrono::steady_clock::now();
      const bool ended = std::exchange(step_ended, false);
      lock.unlock();
      const ExerciseRecord known = record();
      if (known.t0 && !known.over()) {
        const auto enough = [&] { return std::chrono::steady_clock::now() - began > budget; };
        show(live.forecast(progress_of(known, system_clock().now(), scenario, loaded.exercise.struck), seed, most, least, enough), ended);
      }
      lock.lock();
      changed.wait_until(lock, began + at_most_every, [&] { return stop; });
      changed.wait_until(lock, began + between, [&] { return stop || step_ended; });
    }
  }
};

LiveForecasting::LiveForecasting(const LoadedExercise& exercise, std::uint64_t seed, std::function<ExerciseRecord()> record,
                                 std::function<void(const LiveForecast&, bool)> show)
    : state_(new State{exercise, seed, std::move(record), std::move(show), {}, {}}) {
  // Signals are for the runner's own thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([state = state_.get()] {
    try {
      state->work();
    } catch (const std::exception&) {  // without a forecast the run goes on as well
    }
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LiveForecasting::~LiveForecasting() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->changed.notify_all();
  thread_.join();
}

void LiveForecasting::hear(const Happening& happening) {
  if (!ends_a_step(happening)) return;
  const std::lock_guard lock(state_->mutex);
  state_->step_ended = true;
  state_->changed.notify_all();
}

LiveForecast last_forecast(const LoadedExercise& exercise, const ExerciseRecord& record, std::uint64_t seed, std::uint64_t replications) {
  const Scenario scenario = scenario_of(exercise);
  const RunProgress progress = progress_of(record, record.ended.value_or(record.last_sign), scenario, exercise.exercise.struck);
  return LiveSimulation(scenario, exercise.exercise.outage).forecast(progress, seed, replications);
}

void keep_forecast(const std::string& run_folder, const std::string& text) {
  const std::string file = run_folder + "/forecast";
  const int out = ::open((file + ".new").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) return;
  const bool written = ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(out);
  if (written) ::rename((file + ".new").c_str(), file.c_str());
}

std::string kept_forecast(const std::string& run_folder) {
  std::error_code trouble;
  const auto written = std::filesystem::last_write_time(run_folder + "/forecast", trouble);
  if (trouble || std::filesystem::file_time_type::clock::now() - written > fresh) return "";
  std::ifstream in(run_folder + "/forecast");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace muster
