#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "exercise/command.h"
#include "exercise/masking.h"
#include "exercise/probe_watch.h"
#include "exercise/questions.h"
#include "exercise/run.h"

/// Attempts of steps, performed: a command, a wait for a condition, or a question.
namespace muster {

/// How an attempt went.
struct AttemptEnd {
  bool succeeded = false, declined = false;  ///< declined: "no" at a decision
  StepChanged told;                          ///< all but `change` and `attempt`
};

/// Not thread-safe; everything happens in the loop. `done` is called once for each attempt that is begun and
/// not ended by end_all.
class StepAttempts {
 public:
  struct Surroundings {
    const Exercise* exercise = nullptr;
    const Plan* plan = nullptr;
    const RunSettings* settings = nullptr;
    const Clock* clock = nullptr;
    Questions* questions = nullptr;
    ProbeWatch* probes = nullptr;
    const Masking* masking = nullptr;
    std::string outputs;  ///< folder for output files
    std::function<void(const Asked&)> tell_asked;
    /// Null: all commands run here.
    std::function<std::unique_ptr<CommandUnderWay>(const CommandSettings&, std::function<void(const CommandResult&)>)> start = nullptr;
  };
  using Done = std::function<void(const std::string& step, const AttemptEnd&)>;
  StepAttempts(boost::asio::io_context& io, Surroundings around, Done done);
  ~StepAttempts();  ///< ends what runs, and waits for that
  StepAttempts(const StepAttempts&) = delete;
  StepAttempts& operator=(const StepAttempts&) = delete;

  /// What will be told of an attempt when it begins: how, by whom.
  StepChanged announced(const std::string& step) const;
  void begin(const std::string& step, int attempt, const std::optional<Moment>& limit);
  void turn();  ///< looks at conditions and deadlines
  std::optional<Moment> next_deadline() const;
  /// Ends all that runs, questions too; `ended` is called once for each step, `done` not; then `all` once.
  void end_all(std::function<void(const std::string& step, const AttemptEnd&)> ended,
               std::function<void()> all);

 private:
  enum class How { run, until, ask, by_hand };
  struct Attempt {
    How how = How::by_hand;
    std::unique_ptr<CommandUnderWay> command;
    std::shared_ptr<ConditionWatch> condition;
    std::optional<Moment> deadline;
    bool over = false;
  };
  How how_of(const std::string& step) const;
  void run(const std::string& step, int attempt, Attempt& into);
  void ask(const std::string& step, Attempt& into);
  void finish(const std::string& step, AttemptEnd end);
  AttemptEnd of_result(const std::string& step, const CommandResult& result, const std::string& file) const;
  std::vector<std::string> people_of(const std::string& step) const;
  const Step& plan_step(const std::string& step) const;
  void check_end();

  boost::asio::io_context& io_;
  Surroundings around_;
  Done done_;
  std::map<std::string, std::unique_ptr<Attempt>> attempts_;
  std::vector<std::unique_ptr<Attempt>> past_;  ///< a command cannot be destroyed by its own callback
  std::function<void(const std::string&, const AttemptEnd&)> ended_early_;
  std::function<void()> all_ended_;
};

/// Where something runs or looks from: the network namespace, "" for the machine's own.
std::string netns_of(const Exercise& exercise, const Where& where);
/// The settings of a command of the exercise.
CommandSettings command_of(const Exercise& exercise, const Run& run, const Where& where,
                           const std::string& id);

}  // namespace muster
