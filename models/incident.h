#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/observation.h"

/// A real outage, as a person wrote it down.
namespace muster {

/// Instants are nanoseconds since 1970-01-01T00:00Z.
struct Incident {
  struct Step {
    std::string name;
    double seconds = 0;
    bool censored = false;  ///< it was not over yet
    std::int64_t ended = 0; ///< 0: not known
    friend bool operator==(const Step&, const Step&) = default;
  };
  struct Response {
    std::string role;
    double seconds = 0;
    friend bool operator==(const Response&, const Response&) = default;
  };
  std::int64_t number = 0;       ///< from 1; the ledger gives it
  std::string title, outage, scenario;  ///< the outage's name and the scenario's title, as scenarios have them; "": not known
  std::int64_t started = 0;
  std::optional<std::int64_t> ended;    ///< absent: not over when it was written down
  std::vector<Step> steps;
  std::vector<Response> responses;
  std::string by, note;
  std::int64_t recorded = 0;     ///< when it was written down
  std::int64_t replaces = 0;     ///< the number of the one that this one corrects; 0: none
  bool replaced = false;         ///< a later one corrects it: nothing comes of it any more
  friend bool operator==(const Incident&, const Incident&) = default;
};

/// The outage's length (censored at `recorded` where it is not over), its steps and responses; nothing of one that was replaced.
std::vector<Observation> observations_of(const Incident& incident);

/// A line of JSON and back. Throws std::invalid_argument on text that is none.
std::string to_json_line(const Incident& incident);
Incident incident_from_json(std::string_view line);

}  // namespace muster
