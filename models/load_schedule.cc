#include "models/load_schedule.h"

#include <charconv>
#include <stdexcept>

#include "models/decode.h"
#include "models/wording.h"

namespace muster {
namespace {

class AnnouncedLoad {
 public:
  AnnouncedLoad(Document document, const Programme& programme) : document_(std::move(document)), programme_(programme), findings_(document_, 100) {}

  std::vector<Appointment> load() {
    for (const Problem& problem : document_.problems) findings_.error(problem);
    const View root{&document_.root};
    const auto whose = field(root, "programme");
    const auto appointments = field(root, "appointments");
    if (text_field(root, "command") != "schedule" || !whose || !appointments || (*appointments)->kind != Node::Kind::list)
      findings_.error(root, "this is no plan; expected what `muster schedule --json` wrote");
    else if (text_field(*whose, "name") != programme_.name)
      findings_.error(*whose, "this is the plan of the programme " + in_quotes(text_field(*whose, "name")) + "; expected that of " + in_quotes(programme_.name));
    else each_item(*appointments, [&](const View& at) { out_.push_back(appointment(at)); });
    if (findings_.errors() > 0) throw InvalidInput(findings_.sorted_errors());
    return std::move(out_);
  }

 private:
  template <typename T, typename F>
  T read(const View& at, const char* key, F parse) {
    try {
      return parse(text_field(at, key));
    } catch (const std::invalid_argument& wrong) {
      findings_.error(at, std::string(key) + ": " + wrong.what());
      return T{};
    }
  }

  static int whole(const std::string& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > 1'000'000) throw std::invalid_argument(in_quotes(text) + " is no number from 0 to 1000000");
    return value;
  }

  static Instant moment(const std::string& text) {
    const Onset onset = parse_onset(text);
    if (!onset.dated || !onset.utc) throw std::invalid_argument(in_quotes(text) + " is no moment; expected such as 2027-01-18T08:00:00Z");
    return static_cast<Instant>(onset.local_seconds);
  }

  Appointment appointment(const View& at) {
    Appointment one;
    one.exercise = text_field(at, "exercise");
    if (one.exercise.empty()) findings_.error(at, "the appointment names no exercise");
    one.quarter = read<Quarter>(at, "quarter", parse_quarter);
    one.number = read<int>(at, "number", whole);
    one.sequence = read<int>(at, "sequence", whole);
    one.stamped = read<Day>(at, "changed", parse_date);
    one.from = read<Instant>(at, "from", moment);
    one.to = read<Instant>(at, "to", moment);
    one.cancelled = text_field(at, "status") == "cancelled";
    if (auto people = field(at, "people"))
      each_item(*people, [&](const View& seat) {
        const auto role = field(seat, "role");
        one.people.push_back({text_field(seat, "person"), role && (*role)->kind == Node::Kind::text ? (*role)->text : ""});
      });
    if (one.to <= one.from && findings_.errors() == 0) findings_.error(at, "it ends before it begins");
    return one;
  }

  Document document_;
  const Programme& programme_;
  Findings findings_;
  std::vector<Appointment> out_;
};

}  // namespace

std::vector<Appointment> parse_announced(std::string_view text, const std::string& name, const Programme& programme) {
  return AnnouncedLoad(read_document(text, name), programme).load();
}

std::vector<Appointment> load_announced(const std::string& path, const Programme& programme) { return parse_announced(read_file(path, LoadLimits{}.bytes), path, programme); }

}  // namespace muster
