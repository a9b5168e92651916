#include "exercise/looking.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <cmath>
#include <sstream>
#include <system_error>

#include "exercise/answer.h"
#include "exercise/clock.h"
#include "models/units.h"

namespace muster {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::string on_one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text.size() > 300 ? text.substr(0, 297) + "..." : text;
}

Answer ask(const Probe& probe, const std::string& folder, const Stage& stage) {
  try {
    return std::visit(
        [&](const auto& check) {
          using Kind = std::decay_t<decltype(check)>;
          if constexpr (std::is_same_v<Kind, CommandProbe>)
            return muster::ask(check, probe.timeout, folder, stage);
          else if constexpr (std::is_same_v<Kind, DnsProbe>)
            return muster::ask(check, probe.timeout, stage);
          else
            return muster::ask(check, stage);
        },
        probe.check);
  } catch (const std::system_error& error) {
    const std::string what = error.what();  // "…: Input/output error" at its end says nothing
    return failing(what.substr(0, what.rfind(": ")));
  } catch (const std::exception& error) {
    return unknown(error.what());
  }
}

/// The child's side: a line when it begins, one for each stage, and one at the end.
void look_and_tell(const Probe& probe, const std::string& folder, int out) {
  const auto tell = [&](char kind, const std::string& text) {
    const Moment now = system_clock().now();
    write_all(out, std::string(1, kind) + " " + std::to_string(now.boot) + " " + std::to_string(now.wall) + " " + on_one_line(text) + "\n");
  };
  tell('b', "");
  const Answer answer = ask(probe, folder, [&](const std::string& stage) { tell('s', stage); });
  tell(answer.verdict == Sample::Verdict::passing ? 'p' : answer.verdict == Sample::Verdict::failing ? 'f' : 'u', answer.what);
}

std::string in_milliseconds(double seconds) {
  std::ostringstream out;
  out.precision(seconds < 0.0995 ? 2 : 3);
  out << seconds * 1000 << " ms";
  return seconds < 0.9995 ? out.str() : human_duration(seconds);
}

bool is_command(const Probe& probe) { return std::holds_alternative<CommandProbe>(probe.check); }

}  // namespace

Looking::Looking(const Probe& probe, const std::string& folder, const Moment& due) : probe_(&probe) {
  sample_.due = due;
  sample_.began = sample_.ended = system_clock().now();
  deadline_ = sample_.began;
  deadline_.boot += static_cast<std::int64_t>(std::llround(probe.timeout * 1e9));
  try {
    // A command's process must live long enough to end the command's tree.
    const int death_signal = is_command(probe) ? SIGTERM : SIGKILL;
    errand_ = std::make_unique<Errand>(death_signal, [&](int out) { look_and_tell(probe, folder, out); });
  } catch (const std::system_error& error) {
    sample_.what = error.what();
    over_ = true;
  }
}

int Looking::descriptor() const { return errand_ && !over_ ? errand_->descriptor() : -1; }

bool Looking::advance(const Moment& now) {
  if (over_) return true;
  errand_->listen();
  if (errand_->over() || now.boot >= deadline_.boot) {
    conclude(now);
    over_ = true;
  }
  return over_;
}

void Looking::conclude(const Moment& now) {
  std::istringstream lines(errand_->said());
  std::string line, stage, what;
  char verdict = ' ';
  Moment ended = now;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    char kind = ' ';
    Moment at;
    std::string text;
    words >> kind >> at.boot >> at.wall;
    words.get();
    std::getline(words, text);
    if (kind == 'b') {
      sample_.began = at;
    } else if (kind == 's') {
      stage = text;
    } else {
      verdict = kind;
      what = text;
      ended = at;
    }
  }
  sample_.ended = ended;
  const double took = ended.since(sample_.began);
  const std::string waiting = stage.empty() ? "" : " (" + stage + ")";
  if (took >= probe_->timeout || (verdict == ' ' && now.boot >= deadline_.boot)) {
    sample_.verdict = is_command(*probe_) ? Sample::Verdict::unknown : Sample::Verdict::failing;
    sample_.what = (is_command(*probe_) ? "did not end within " : "no answer within ") + exact_duration(probe_->timeout) + waiting;
  } else if (verdict == ' ') {
    sample_.what = "the probe itself ended early" + waiting;  // unknown
  } else {
    sample_.verdict = verdict == 'p' ? Sample::Verdict::passing : verdict == 'f' ? Sample::Verdict::failing : Sample::Verdict::unknown;
    sample_.what = what + " in " + in_milliseconds(took);
  }
}

bool Looking::gone(const Moment& now) {
  if (!errand_ || errand_->reap()) return true;
  if (!is_command(*probe_) || now.boot >= deadline_.boot + 2 * second) errand_.reset();
  return errand_ == nullptr;
}

Sample look(const Probe& probe, const std::string& folder) {
  Looking looking(probe, folder, system_clock().now());
  while (!looking.advance(system_clock().now())) {
    pollfd wait{looking.descriptor(), POLLIN, 0};
    const double left = looking.deadline().since(system_clock().now());
    ::poll(&wait, 1, std::max(0, static_cast<int>(std::ceil(std::min(left, 3600.0) * 1000))));
  }
  while (!looking.gone(system_clock().now())) ::poll(nullptr, 0, 5);
  return looking.sample();
}

}  // namespace muster
