#include "reports/story_json.h"

#include <nlohmann/json.hpp>

#include "reports/json_values.h"

namespace muster {
namespace {

const char* word_of(StoryStep::End end) {
  switch (end) {
    case StoryStep::End::never_ready:
      return "never-ready";
    case StoryStep::End::passed:
      return "passed";
    case StoryStep::End::succeeded:
      return "succeeded";
    case StoryStep::End::failed:
      return "failed";
    case StoryStep::End::replaced:
      return "replaced";
    case StoryStep::End::cut_short:
      return "cut-short";
    case StoryStep::End::waiting:
      return "waiting";
  }
  return "";
}

const char* word_of(Cause::Kind kind) {
  switch (kind) {
    case Cause::Kind::onset:
      return "onset";
    case Cause::Kind::predecessor:
      return "predecessor";
    case Cause::Kind::seat:
      return "seat";
    case Cause::Kind::slot:
      return "slot";
    case Cause::Kind::bandwidth:
      return "bandwidth";
    case Cause::Kind::person:
      return "person";
    case Cause::Kind::service:
      return "service";
    case Cause::Kind::patience:
      return "patience";
    case Cause::Kind::called:
      return "called";
  }
  return "";
}

Json step(const StoryStep& story) {
  Json cause{{"kind", word_of(story.cause.kind)}};
  if (!story.cause.name.empty()) cause["name"] = story.cause.name;
  if (!story.cause.step.empty()) cause["step"] = story.cause.step;
  Json attempts = Json::array();
  for (const StoryAttempt& attempt : story.attempts)
    attempts.push_back({{"start", json_number(attempt.start)},
                        {"end", json_number(attempt.end)},
                        {"failed", attempt.failed},
                        {"timed-out", attempt.timed_out}});
  Json out{{"name", story.name},
           {"end", word_of(story.end)},
           {"ready", json_number(story.ready)},
           {"requested", json_number(story.requested)},
           {"start", json_number(story.start)},
           {"finish", json_number(story.finish)},
           {"critical", story.critical},
           {"cause", story.end == StoryStep::End::never_ready ? Json(nullptr) : cause},
           {"by", story.by},
           {"held-by", story.holders},
           {"attempts", attempts}};
  if (!story.replaced_by.empty()) out["replaced-by"] = story.replaced_by;
  if (story.duty) out["instance"] = story.instance;
  return out;
}

Json service(const StoryService& story) {
  Json copies = Json::array();
  for (const StoryCopy& copy : story.copies) {
    copies.push_back({{"copy", copy.copy},
                      {"usable", copy.usable},
                      {"age", json_number(copy.age)},
                      {"chosen", copy.chosen}});
    if (!copy.why.empty()) copies.back()["why"] = copy.why;
  }
  return {{"struck", story.struck},
          {"struck-at", json_number(story.struck_at)},
          {"rto", json_number(story.rto)},
          {"rpo", json_number(story.rpo)},
          {"came-back-by", story.came_back_by.empty() ? Json(nullptr) : Json(story.came_back_by)},
          {"copies", copies}};
}

}  // namespace

std::string story_json(const Story& story, const std::string& program) {
  Json out = json_preamble(program, "explain");
  out["scenario"] = {{"title", story.title}, {"file", story.file}, {"sha256", story.sha256}};
  out["seed"] = story.seed;
  out["outage"] = story.outage;
  out["replication"] = story.replication;
  if (!story.chosen_because.empty()) out["chosen-because"] = story.chosen_because;
  out["onset"] = {{"unix", json_number(story.onset)}, {"local", story.onset_local}};
  out["recovery"] = json_number(story.recovery);
  out["plan-end"] = json_number(story.plan_end);
  out["committed-at"] = json_number(story.committed_at);
  out["stood-down"] = story.stood_down;
  out["stopped"] = story.stopped;
  Json& services = out["services"] = Json::object();
  for (const StoryService& one : story.services) services[one.name] = service(one);
  Json& steps = out["steps"] = Json::array();
  for (const StoryStep& one : story.steps) steps.push_back(step(one));
  out["critical-path-of"] = story.service.empty() ? Json(nullptr) : Json(story.service);
  out["critical-path"] = story.critical_path;
  Json& events = out["events"] = Json::array();
  for (const StoryEvent& event : story.events)
    events.push_back({{"at", json_number(event.at)}, {"what", event.what}});
  return json_text(out);
}

}  // namespace muster
