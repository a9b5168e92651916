#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>

#include "models/load.h"
#include "sim/simulate.h"

namespace muster {

/// One replication of a scenario written down in a test: everything in it that is constant has an exact answer.
struct Told {
  Story story;

  static Told of(const std::string& yaml, const std::string& outage = "o", std::uint64_t replication = 0) {
    const Loaded loaded = parse_scenario("muster: 1\ntitle: t\n" + yaml, "test.yaml");
    return {explain(loaded.scenario, outage, 1, replication)};
  }
  const StoryStep& step(const std::string& name, int instance = 0) const {
    const auto it = std::find_if(story.steps.begin(), story.steps.end(),
                                 [&](const StoryStep& s) { return s.name == name && s.instance == instance; });
    if (it == story.steps.end()) throw std::runtime_error("the story does not tell of step " + name);
    return *it;
  }
  const StoryService& service(const std::string& name) const {
    const auto it = std::find_if(story.services.begin(), story.services.end(), [&](const StoryService& s) { return s.name == name; });
    if (it == story.services.end()) throw std::runtime_error("the story does not tell of service " + name);
    return *it;
  }
  double start(const std::string& name) const { return step(name).start; }
  double finish(const std::string& name) const { return step(name).finish; }
  double rto(const std::string& name) const { return service(name).rto; }
  double rpo(const std::string& name) const { return service(name).rpo; }
  bool tells_of(const std::string& name) const {
    return std::any_of(story.services.begin(), story.services.end(), [&](const StoryService& s) { return s.name == name; });
  }
};

}  // namespace muster
