#include "exercise/questions.h"

#include <algorithm>
#include <optional>
#include <sstream>

namespace muster {
namespace {

std::optional<bool> yes_or_no(std::string word) {
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (word == "y" || word == "yes" || word == "done" || word == "ok") return true;
  if (word == "n" || word == "no") return false;
  return std::nullopt;
}

}  // namespace

void Questions::open(const std::string& step, const std::string& question, Answered answered) {
  open_.push_back({step, question, std::move(answered)});
}

void Questions::close(const std::string& step) {
  std::erase_if(open_, [&](const Open& each) { return each.step == step; });
}

std::vector<std::string> Questions::steps() const {
  std::vector<std::string> names;
  for (const Open& each : open_) names.push_back(each.step);
  return names;
}

std::string Questions::who_is_asked() const {
  if (open_.empty()) return "nothing is asked now";
  std::string text = "asked now:";
  for (const Open& each : open_) text += (&each == &open_.front() ? " " : ", ") + each.step;
  return text;
}

std::string Questions::answer(const std::string& step, const Answer& answer) {
  const auto it =
      std::find_if(open_.begin(), open_.end(), [&](const Open& each) { return each.step == step; });
  if (it == open_.end()) return "the step “" + step + "” asks nothing now; " + who_is_asked();
  const Answered answered = std::move(it->answered);
  open_.erase(it);
  answered(answer);
  return "";
}

std::string Questions::answer_line(const std::string& line, const std::string& by) {
  std::istringstream words(line);
  std::string first, step;
  if (!(words >> first)) return "";
  std::optional<bool> yes = yes_or_no(first);
  if (yes && open_.size() == 1) {
    step = open_.front().step;
  } else if (yes) {
    return open_.empty() ? who_is_asked() : "which? begin with the step; " + who_is_asked();
  } else {
    step = first;
    std::string second;
    words >> second;
    yes = yes_or_no(second);
    if (!yes) return "not understood; type yes or no, with a note behind it if you like; " + who_is_asked();
  }
  std::string note;
  std::getline(words >> std::ws, note);
  while (!note.empty() && (note.back() == '\r' || note.back() == ' ')) note.pop_back();
  return answer(step, {by, note, *yes, false});
}

}  // namespace muster
