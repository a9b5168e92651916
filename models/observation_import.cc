#include "models/observation_import.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "models/csv_reader.h"
#include "models/fingerprint.h"
#include "models/load.h"
#include "models/observations.h"
#include "models/time_text.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

constexpr std::size_t most_examples = 3;
/// Numbers that would be instants before 1980 count from a beginning of their own: they give lengths, but no dates.
constexpr std::int64_t first_date = 315'532'800'000'000'000;

/// Why a row is left out, and what stands there, where that helps.
struct LeftOut {
  std::string why, there;
};

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::string in_lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

bool is_true(std::string_view cell) {
  const std::string word = in_lower_case(cell);
  for (const char* yes : {"1", "true", "t", "yes", "y", "censored", "ongoing", "open"})
    if (word == yes) return true;
  return false;
}

/// 1:02:03, as spreadsheets write it: hours, minutes, seconds.
std::optional<double> clock_length(std::string_view text) {
  const auto first = text.find(':'), second = text.find(':', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return {};
  const auto h = number_of(text.substr(0, first)), m = number_of(text.substr(first + 1, second - first - 1)), s = number_of(text.substr(second + 1));
  if (!h || !m || !s || *h < 0 || *m < 0 || *m >= 60 || *s < 0 || *s >= 60) return {};
  return 3600 * *h + 60 * *m + *s;
}

class Rows {
 public:
  Rows(const std::vector<std::string>& headings, const std::string& file, const ImportMap& map) : headings_(headings), file_(file), map_(map) {
    const std::string own = observations_heading();
    if (map.columns.empty() && headings.size() > 4 && own.starts_with(headings[0] + "," + headings[1] + "," + headings[2] + "," + headings[3])) own_ = true;
    for (const auto& [field, column] : map.columns) places_[field] = place(column);
    for (const RowFilter& filter : map.where) filters_.push_back(place(filter.column));
    if (map.censored_when) censored_when_ = place(map.censored_when->column);
    if (own_) {
      for (const char* field : {"of", "name", "seconds", "censored", "ended", "source", "scenario", "with-response-of"}) places_[field] = place(field);
      if (std::any_of(headings_.begin(), headings_.end(), [](const std::string& one) { return trimmed(one) == "during"; })) places_["during"] = place("during");
    } else if (!places_.contains("duration") && !has("start")) {
      refuse("takes a map of what says how long something took: duration, or start and end");
    } else if (!places_.contains("duration") && !has("end")) {
      refuse("takes a map of the end, as there is one of the start");
    }
  }

  /// The filter that the row does not pass, or null.
  const RowFilter* unwanted(const std::vector<std::string>& cells) {
    cells_ = &cells;
    for (std::size_t i = 0; i < filters_.size(); ++i)
      if (!map_.where[i].holds(cell(filters_[i]))) return &map_.where[i];
    return nullptr;
  }

  /// Of the row that unwanted() was asked of. Throws LeftOut.
  Observation read(const std::vector<std::string>& cells, int line) const {
    if (cells.size() <= last_place_) throw LeftOut{"fewer cells than the heading", std::to_string(cells.size())};
    Observation out = own_ ? own() : foreign();
    if (out.source.empty()) out.source = file_ + " row " + std::to_string(line);
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& message) const { throw InvalidInput({{Problem::Severity::error, file_, 1, 0, "", message}}); }

  std::size_t place(const std::string& column) {
    for (std::size_t i = 0; i < headings_.size(); ++i)
      if (trimmed(headings_[i]) == trimmed(column)) {
        last_place_ = std::max(last_place_, i);
        return i;
      }
    refuse("has no column " + in_quotes(column) + did_you_mean(column, headings_));
  }
  std::string_view cell(std::size_t at) const { return at < cells_->size() ? trimmed((*cells_)[at]) : std::string_view(); }
  std::string_view cell(const std::string& field) const {
    const auto found = places_.find(field);
    return found == places_.end() ? std::string_view() : cell(found->second);
  }
  bool has(const std::string& instant) const { return places_.contains(instant) || places_.contains(instant + "-date"); }

  Observation own() const {
    Observation out;
    if (!of_word(cell("of"), out.of)) throw LeftOut{"an observation of neither step, role nor outage", std::string(cell("of"))};
    out.name = cell("name");
    if (map_.of && (out.of != *map_.of || out.name != map_.name)) throw LeftOut{"not of the " + std::string(word_of(*map_.of)) + " " + map_.name, ""};
    out.seconds = length(cell("seconds"), 1.0);
    out.censored = is_true(cell("censored"));
    if (!cell("ended").empty()) out.ended = instant("ended", "end", {});
    out.source = cell("source");
    out.scenario = cell("scenario");
    out.with_response_of = cell("with-response-of");
    out.during = cell("during");
    return out;
  }

  Observation foreign() const {
    Observation out;
    name(out);
    out.scenario = map_.scenario;
    out.during = as_name(cell("during"));
    measure(out);
    if (out.ended < first_date) out.ended = 0;
    if (is_true(cell("censored"))) out.censored = true;
    if (censored_when_ && map_.censored_when->holds(cell(*censored_when_))) out.censored = true;
    return out;
  }

  void name(Observation& out) const {
    if (map_.of) {
      out.of = *map_.of;
      out.name = map_.name;
    }
    for (const auto of : {Observation::Of::step, Observation::Of::response, Observation::Of::outage}) {
      if (!places_.contains(word_of(of))) continue;
      out.of = of;
      out.name = as_name(cell(word_of(of)));
      if (out.name.empty()) throw LeftOut{"no name of the " + std::string(word_of(of)), ""};
    }
  }

  void measure(Observation& out) const {
    const std::string_view duration = cell("duration");
    std::optional<std::int64_t> start, end;
    if (has("start")) start = instant_if_any("start");
    if (!duration.empty()) {
      out.seconds = length(duration, map_.unit);
      if (has("end")) end = instant_if_any("end");
      if (end)
        out.ended = *end;
      else if (start && out.seconds < 1e9)
        out.ended = *start + static_cast<std::int64_t>(out.seconds * 1e9);
      return;
    }
    if (!has("start") || !has("end")) throw LeftOut{"no duration", ""};
    if (!start) throw LeftOut{"no start", ""};
    end = instant_if_any("end");
    out.censored = !end;
    out.ended = end.value_or(map_.as_of);
    if (out.ended < *start) throw LeftOut{end ? "an end before its start" : "no end, and a start after the time up to which it would have lasted", ""};
    out.seconds = static_cast<double>(out.ended - *start) / 1e9;
  }

  double length(std::string_view text, const std::optional<double>& unit) const {
    if (text.empty()) throw LeftOut{"no duration", ""};
    double seconds = 0;
    if (const auto clock = clock_length(text)) {
      seconds = *clock;
    } else if (const auto number = number_of(text)) {
      if (!std::isfinite(*number)) throw LeftOut{"a duration that is no number", std::string(text)};
      if (*number < 0) throw LeftOut{"a negative duration", std::string(text)};
      if (!unit && *number != 0) throw LeftOut{"a duration without a unit", std::string(text)};
      seconds = *number * unit.value_or(1);
    } else {
      std::string together(text);  // "1 h 30 m"
      std::erase(together, ' ');
      try {
        seconds = parse_duration(together);
      } catch (const std::invalid_argument&) {
        throw LeftOut{"a duration that cannot be understood", std::string(text)};
      }
    }
    if (!std::isfinite(seconds) || seconds > 1e11) throw LeftOut{"a duration beyond all measure", std::string(text)};
    return seconds;
  }

  std::optional<std::int64_t> instant_if_any(const std::string& which) const {
    if (places_.contains(which)) {
      if (cell(which).empty()) return {};
      return instant(which, which, map_.time_format);
    }
    if (cell(which + "-date").empty()) return {};
    const std::string both = std::string(cell(which + "-date")) + " " + std::string(cell(which + "-time"));
    return time(both, which, map_.time_format);
  }
  std::int64_t instant(const std::string& field, const std::string& called, const std::string& format) const { return time(std::string(cell(field)), called, format); }
  std::int64_t time(const std::string& text, const std::string& called, const std::string& format) const {
    try {
      return format.empty() ? parse_time(text, map_.zone) : parse_time(text, format, map_.zone);
    } catch (const std::invalid_argument& error) {
      throw LeftOut{std::string(called == "end" ? "an end" : "a start") + " that cannot be understood", error.what()};
    }
  }

  const std::vector<std::string> headings_;
  const std::string& file_;
  const ImportMap& map_;
  bool own_ = false;
  std::map<std::string, std::size_t> places_;
  std::vector<std::size_t> filters_;
  std::optional<std::size_t> censored_when_;
  std::size_t last_place_ = 0;
  const std::vector<std::string>* cells_ = nullptr;
};

void leave_out(ImportCount& count, const LeftOut& row, int line) {
  auto reason = std::find_if(count.left_out.begin(), count.left_out.end(), [&](const auto& one) { return one.why == row.why; });
  if (reason == count.left_out.end()) reason = count.left_out.insert(reason, {row.why, 0, {}});
  ++reason->rows;
  if (reason->examples.size() < most_examples)
    reason->examples.push_back("row " + std::to_string(line) + (row.there.empty() ? "" : ": " + printable(row.there, 120)));
}

}  // namespace

bool RowFilter::holds(std::string_view cell) const {
  const auto a = number_of(cell), b = number_of(value);
  const auto judged = [&](const auto& x, const auto& y) {
    switch (is) {
      case Is::equal: return x == y;
      case Is::unequal: return x != y;
      case Is::less: return x < y;
      case Is::at_most: return x <= y;
      case Is::more: return x > y;
      case Is::at_least: return x >= y;
    }
    return false;
  };
  if (a && b) return judged(*a, *b);
  // An empty cell is no number: it is neither more nor less than one.
  if (b && is != Is::equal && is != Is::unequal) return false;
  return judged(cell, std::string_view(value));
}

RowFilter parse_row_filter(const std::string& text) {
  const auto at = text.find_first_of("=!<>");
  if (at == std::string::npos || at == 0) throw std::invalid_argument(in_quotes(text) + " is no condition, such as provider=aws, year>2015 or status!=0");
  RowFilter out{std::string(trimmed(std::string_view(text).substr(0, at))), "", RowFilter::Is::equal, text};
  const bool with_equal = at + 1 < text.size() && text[at + 1] == '=';
  switch (text[at]) {
    case '!':
      if (!with_equal) throw std::invalid_argument(in_quotes(text) + " is no condition; unlike is written with !=");
      out.is = RowFilter::Is::unequal;
      break;
    case '<': out.is = with_equal ? RowFilter::Is::at_most : RowFilter::Is::less; break;
    case '>': out.is = with_equal ? RowFilter::Is::at_least : RowFilter::Is::more; break;
    default: break;
  }
  out.value = std::string(trimmed(std::string_view(text).substr(at + (with_equal ? 2 : 1))));
  return out;
}

const std::vector<std::string>& import_fields() {
  static const std::vector<std::string> fields{"start", "end", "start-date", "start-time", "end-date", "end-time", "duration", "censored", "step", "role", "outage", "during"};
  return fields;
}

ImportCount import_observations(std::istream& in, const std::string& file, const ImportMap& map, const std::function<void(const ImportedRow&)>& take) {
  CsvReader csv(in, file);
  std::vector<std::string> cells;
  if (!csv.record(cells)) throw InvalidInput({{Problem::Severity::error, file, 0, 0, "", "is empty; expected CSV with a heading"}});
  Rows rows(cells, file, map);
  ImportCount count;
  while (csv.record(cells)) {
    if (is_blank(cells)) continue;
    ++count.rows;
    if (const RowFilter* filter = rows.unwanted(cells)) {
      leave_out(count, {"not " + filter->text, ""}, csv.line());
      continue;
    }
    try {
      const Observation observation = rows.read(cells, csv.line());
      ++count.kept;
      count.censored += observation.censored;
      take({observation, cells});
    } catch (const LeftOut& row) {
      leave_out(count, row, csv.line());
    }
  }
  std::stable_sort(count.left_out.begin(), count.left_out.end(), [](const auto& a, const auto& b) { return a.rows > b.rows; });
  return count;
}

std::string ImportKeys::operator()(const ImportedRow& row) {
  std::string all = file_ + "\n" + word_of(row.observation.of) + "\n" + row.observation.name;
  for (const std::string& cell : row.cells) all += "\n" + std::to_string(cell.size()) + ":" + cell;
  const std::string hash = sha256_hex(all);
  return hash + "." + std::to_string(++seen_[hash]);
}

}  // namespace muster
