#pragma once
#include <functional>
#include <string>
#include <vector>

/// What people are asked, and by whom it is answered.
namespace muster {

struct Answer {
  std::string by, note;
  bool yes = true;
  bool automatic = false;  ///< by --yes
};

/// The questions that are open. Not thread-safe.
class Questions {
 public:
  using Answered = std::function<void(const Answer&)>;
  void open(const std::string& step, const std::string& question, Answered answered);
  void close(const std::string& step);
  /// "" when the answer was taken; else a sentence that says why not, with what is asked now.
  std::string answer(const std::string& step, const Answer& answer);
  /// A line that somebody typed: "yes", "no", either with a note behind it; and with several questions open,
  /// the step before it.
  std::string answer_line(const std::string& line, const std::string& by);
  bool any() const { return !open_.empty(); }
  std::vector<std::string> steps() const;

 private:
  struct Open {
    std::string step, question;
    Answered answered;
  };
  std::string who_is_asked() const;
  std::vector<Open> open_;
};

}  // namespace muster
