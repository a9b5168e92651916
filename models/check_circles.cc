#include <algorithm>

#include "models/json_pointer.h"
#include "models/scenario_check.h"
#include "models/wording.h"

namespace muster {
namespace {

struct Edge {
  int to;
  const char* field;  ///< where the edge stands below its node
};

struct Graph {
  std::vector<std::string> names;
  std::vector<std::vector<Edge>> edges;
};

struct Circle {
  std::vector<int> nodes;
  const char* field;  ///< of the edge from the first node
};

// Depth first without recursion: chains may be as long as the file allows. Every circle that a walk closes is found once;
// nodes that are done are not walked again.
std::vector<Circle> circles_of(const Graph& graph, std::size_t most) {
  enum { fresh, open, done };
  std::vector<int> state(graph.names.size(), fresh);
  std::vector<std::pair<int, std::size_t>> path;  // node, next edge
  std::vector<Circle> found;
  for (std::size_t start = 0; start < graph.names.size() && found.size() < most; ++start) {
    if (state[start] != fresh) continue;
    path.emplace_back(static_cast<int>(start), 0);
    state[start] = open;
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == graph.edges[node].size()) {
        state[node] = done;
        path.pop_back();
        continue;
      }
      int to = graph.edges[node][next++].to;
      if (state[to] == fresh) {
        state[to] = open;
        path.emplace_back(to, 0);
      } else if (state[to] == open && found.size() < most) {
        auto first = std::find_if(path.begin(), path.end(), [&](const auto& level) { return level.first == to; });
        Circle circle{{}, graph.edges[to][first->second - 1].field};
        for (auto level = first; level != path.end(); ++level) circle.nodes.push_back(level->first);
        found.push_back(std::move(circle));
      }
    }
  }
  return found;
}

std::string spelled_out(const Graph& graph, const Circle& circle) {
  constexpr std::size_t most = 12;
  std::string out;
  for (std::size_t i = 0; i < std::min(most, circle.nodes.size()); ++i) out += graph.names[circle.nodes[i]] + " -> ";
  if (circle.nodes.size() > most) out += "… (" + std::to_string(circle.nodes.size()) + " in all) -> ";
  return out + graph.names[circle.nodes[0]];
}

std::unordered_map<std::string, int> numbered(const Graph& graph) {
  std::unordered_map<std::string, int> numbers;
  for (std::size_t i = 0; i < graph.names.size(); ++i) numbers.emplace(graph.names[i], static_cast<int>(i));
  return numbers;
}

Graph graph_of_services(const Scenario& scenario) {
  Graph graph;
  for (const Service& service : scenario.services) graph.names.push_back(service.name);
  auto numbers = numbered(graph);
  for (const Service& service : scenario.services) {
    auto& edges = graph.edges.emplace_back();
    for (const Need& need : service.needs)
      for (const std::string& name : need.of)
        if (auto to = numbers.find(name); to != numbers.end()) edges.push_back({to->second, "/needs"});
  }
  return graph;
}

// What must have ended before a step can end: those in `after`, and the fallbacks that may take its place.
Graph graph_of_steps(const Plan& plan) {
  Graph graph;
  for (const Step& step : plan.steps) graph.names.push_back(step.name);
  auto numbers = numbered(graph);
  for (const Step& step : plan.steps) {
    auto& edges = graph.edges.emplace_back();
    auto add = [&](const std::string& name, const char* field) {
      if (auto to = numbers.find(name); to != numbers.end()) edges.push_back({to->second, field});
    };
    for (const std::string& name : step.after) add(name, "/after");
    add(step.otherwise, "/otherwise");
    add(step.replacement, "/on-failure/do");
  }
  return graph;
}

void report(const Graph& graph, const std::string& base, const char* meaning, Findings& findings) {
  constexpr std::size_t most = 20;
  for (const Circle& circle : circles_of(graph, most))
    findings.error(base + escaped_token(graph.names[circle.nodes[0]]) + circle.field,
                   "a circle in which " + std::string(meaning) + ": " + spelled_out(graph, circle));
}

}  // namespace

void check_circles(const Scenario& scenario, Findings& findings) {
  report(graph_of_services(scenario), "/services/", "each service needs the next", findings);
  for (const Plan& plan : scenario.plans)
    report(graph_of_steps(plan), pointer_of(plan) + "/steps/", "each step waits for the next", findings);
}

}  // namespace muster
