#include "exercise/step_attempts.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>

namespace muster {
namespace asio = boost::asio;
namespace {

Moment later(const Moment& moment, double seconds) {
  const auto nanoseconds = static_cast<std::int64_t>(std::min(seconds, 1e9) * 1e9);
  return {moment.boot + nanoseconds, moment.wall + nanoseconds};
}

}  // namespace

std::string netns_of(const Exercise& exercise, const Where& where) {
  if (!where.netns.empty()) return where.netns;
  const Target* target = exercise.target(where.target);
  return target ? target->netns : "";
}

CommandSettings command_of(const Exercise& exercise, const Run& run, const Where& where,
                           const std::string& id) {
  CommandSettings settings;
  settings.argv = run.argv;
  settings.netns = netns_of(exercise, where);
  if (const Target* target = where.netns.empty() ? exercise.target(where.target) : nullptr; target && !target->agent.empty()) settings.agent = target->name;
  settings.folder = exercise.folder;
  settings.env = run.env;
  settings.env["MUSTER_EXERCISE"] = id;
  settings.timeout = run.timeout.value_or(30);
  return settings;
}

StepAttempts::StepAttempts(asio::io_context& io, Surroundings around, Done done)
    : io_(io), around_(std::move(around)), done_(std::move(done)) {}

StepAttempts::~StepAttempts() = default;

const Step& StepAttempts::plan_step(const std::string& step) const {
  for (const Step& each : around_.plan->steps)
    if (each.name == step) return each;
  throw std::logic_error("no step " + step);
}

StepAttempts::How StepAttempts::how_of(const std::string& step) const {
  const Binding* binding = around_.exercise->binding(step);
  if (binding && !binding->ask.empty()) return How::ask;
  if (around_.exercise->kind == Exercise::Kind::tabletop || !binding) return How::by_hand;
  return binding->run ? How::run : binding->until ? How::until : How::by_hand;
}

std::vector<std::string> StepAttempts::people_of(const std::string& step) const {
  std::vector<std::string> people;
  for (const Seats& seats : plan_step(step).by)
    if (const auto it = around_.exercise->people.find(seats.of); it != around_.exercise->people.end())
      people.insert(people.end(), it->second.begin(), it->second.end());
  return people;
}

StepChanged StepAttempts::announced(const std::string& step) const {
  StepChanged told;
  told.step = step;
  switch (how_of(step)) {
    case How::run:
      told.how = "run";
      break;
    case How::until:
      told.how = "until";
      break;
    case How::ask:
      told.how = "ask";
      break;
    case How::by_hand:
      told.how = "by hand";
      break;
  }
  for (const std::string& person : people_of(step)) told.by += (told.by.empty() ? "" : ", ") + person;
  return told;
}

void StepAttempts::begin(const std::string& step, int attempt, const std::optional<Moment>& limit) {
  auto& slot = attempts_[step];
  if (slot) past_.push_back(std::move(slot));
  slot = std::make_unique<Attempt>();
  Attempt& current = *slot;
  const Moment now = around_.clock->now();
  const Binding* binding = around_.exercise->binding(step);
  const std::optional<double> planned = plan_step(step).timeout;
  current.how = how_of(step);
  if (current.how == How::run) return run(step, attempt, current);
  current.deadline = binding && binding->deadline ? later(now, *binding->deadline) : limit;
  if (planned && (!current.deadline || later(now, *planned).boot < current.deadline->boot)) current.deadline = later(now, *planned);
  if (current.how != How::until) return ask(step, current);
  current.condition = around_.probes->follow(*binding->until, true, now);
}

void StepAttempts::run(const std::string& step, int attempt, Attempt& into) {
  const Binding& binding = *around_.exercise->binding(step);
  CommandSettings settings = command_of(*around_.exercise, *binding.run, binding.on, around_.settings->id);
  settings.env["MUSTER_STEP"] = step;
  settings.env["MUSTER_ATTEMPT"] = std::to_string(attempt);
  const std::optional<double> planned = plan_step(step).timeout;
  if (planned) settings.timeout = binding.run->timeout ? std::min(*binding.run->timeout, *planned) : *planned;
  settings.keep_output = binding.keep_output;
  settings.output_file = around_.outputs.empty() ? "" : around_.outputs + "/" + step + ".out";
  if (!around_.masking->empty())
    settings.mask = [masking = *around_.masking](const std::string& text) { return masking(text); };
  settings.mask_longest = around_.masking->longest();
  const std::string file = settings.keep_output ? settings.output_file : "";
  const auto done = [this, step, file](const CommandResult& result) { finish(step, of_result(step, result, file)); };
  if (around_.start) into.command = around_.start(settings, done);
  else into.command = std::make_unique<RunningCommand>(io_, settings, done);
}

AttemptEnd StepAttempts::of_result(const std::string& step, const CommandResult& result,
                                   const std::string& file) const {
  AttemptEnd end;
  end.succeeded = result.succeeded();
  end.told = announced(step);
  end.told.timed_out = result.end == CommandResult::End::timed_out;
  if (result.end == CommandResult::End::exited) end.told.exit = result.status;
  if (result.end == CommandResult::End::signalled) end.told.exit = 128 + result.status;
  end.told.output_tail = result.tail;
  end.told.output_file = file;
  if (!end.succeeded) end.told.why = result.text();
  return end;
}

void StepAttempts::ask(const std::string& step, Attempt& into) {
  const Binding* binding = around_.exercise->binding(step);
  const bool decision = into.how == How::ask;
  const std::string question = decision ? binding->ask : "“" + step + "” is done by hand. Is it done?";
  around_.questions->open(step, question, [this, step, decision](const Answer& answer) {
    AttemptEnd end;
    end.told = announced(step);
    end.succeeded = answer.yes;
    end.declined = decision && !answer.yes;
    end.told.by = answer.by;
    end.told.note = answer.note;
    end.told.automatic = answer.automatic;
    if (!answer.yes) end.told.why = decision ? "the answer was no" : "it was not done";
    finish(step, end);
  });
  around_.tell_asked({step, question, people_of(step), into.deadline});
  if (!around_.settings->yes) return;
  asio::post(io_, [this, step] { around_.questions->answer(step, {around_.settings->by, "", true, true}); });
}

void StepAttempts::finish(const std::string& step, AttemptEnd end) {
  const auto it = attempts_.find(step);
  if (it == attempts_.end() || it->second->over) return;
  it->second->over = true;
  it->second->condition.reset();
  if (!ended_early_) return done_(step, end);
  if (!end.succeeded) end.told.why = "it was ended";
  ended_early_(step, end);
  check_end();
}

void StepAttempts::turn() {
  past_.clear();
  const Moment now = around_.clock->now();
  std::vector<std::pair<std::string, AttemptEnd>> ends;
  for (auto& [step, attempt] : attempts_) {
    if (attempt->over || attempt->how == How::run) continue;
    AttemptEnd end;
    if (attempt->condition && attempt->condition->now(now) == Truth::yes) {
      end.succeeded = true;
    } else if (attempt->deadline && now.boot >= attempt->deadline->boot) {
      end.told.timed_out = true;
      end.told.why =
          attempt->condition ? "what it waits for did not come in time" : "nobody answered in time";
    } else {
      continue;
    }
    StepChanged told = announced(step);
    told.timed_out = end.told.timed_out;
    told.why = end.told.why;
    end.told = told;
    ends.emplace_back(step, end);
  }
  for (const auto& [step, end] : ends) {
    around_.questions->close(step);
    finish(step, end);
  }
}

std::optional<Moment> StepAttempts::next_deadline() const {
  std::optional<Moment> next;
  for (const auto& [step, attempt] : attempts_)
    if (!attempt->over && attempt->deadline && (!next || attempt->deadline->boot < next->boot))
      next = attempt->deadline;
  return next;
}

void StepAttempts::end_all(std::function<void(const std::string&, const AttemptEnd&)> ended,
                           std::function<void()> all) {
  ended_early_ = std::move(ended);
  all_ended_ = std::move(all);
  std::vector<std::string> waiting;
  for (auto& [step, attempt] : attempts_) {
    if (attempt->over) continue;
    if (attempt->command)
      attempt->command->end();
    else
      waiting.push_back(step);
  }
  for (const std::string& step : waiting) {
    around_.questions->close(step);
    AttemptEnd end;
    end.told = announced(step);
    finish(step, end);
  }
  check_end();
}

void StepAttempts::check_end() {
  if (!all_ended_ ||
      std::any_of(attempts_.begin(), attempts_.end(), [](const auto& each) { return !each.second->over; }))
    return;
  asio::post(io_, std::exchange(all_ended_, nullptr));
}

}  // namespace muster
