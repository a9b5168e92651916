#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/output.h"
#include "exercise/agent/agent.h"
#include "exercise/agent/agent_visit.h"
#include "exercise/guarded_process.h"
#include "models/moments.h"
#include "models/wording.h"

/// The agent of a host, and what it says of itself.
namespace muster {
namespace {

using nlohmann::json;

constexpr const char* usual_file = "/etc/muster/agent.yaml";

std::string words_of(const json& list) {
  std::string out;
  for (const json& each : list) out += (out.empty() ? "" : ", ") + printable(each.get<std::string>());
  return out.empty() ? "none" : out;
}

std::string time_of(std::int64_t seconds) { return utc_text({0, seconds * 1'000'000'000}); }

std::string exercises_text(const json& exercises) {
  if (exercises.empty()) return "No exercise is under way.\n";
  std::string out;
  for (const json& each : exercises) out += "Exercise " + printable(each.at("exercise").get<std::string>()) + ", in effect: " + words_of(each.at("in-effect")) + "\n";
  return out;
}

std::string status_text(const json& all) {
  std::string out = "An agent listens at " + printable(all.at("listens").get<std::string>()) + " since " + all.at("since").get<std::string>() + ".\n";
  if (all.at("certificate-until").is_number()) out += "Its certificate is good until " + time_of(all.at("certificate-until").get<std::int64_t>()) + ".\n";
  out += std::to_string(all.at("runners").get<int>()) + " certificates may give orders; connected: " + words_of(all.at("connections")) + ".\n" + exercises_text(all.at("exercises"));
  out += std::to_string(all.at("refused").get<std::uint64_t>()) + " refusals since.\n";
  for (const json& refusal : all.at("refusals")) out += "  " + printable(refusal.get<std::string>()) + "\n";
  return out;
}

ExitCode ask_elsewhere(const std::string& address) {
  AgentVisit visit(address, "status");
  const json is = visit.ask("status", json::object(), 10);
  const ClockOffset& clock = visit.talk().clock();
  char text[120];
  std::snprintf(text, sizeof text, "Its clock is %.6f s %s ours, to within %.3f ms.\n", clock.offset() < 0 ? -clock.offset() : clock.offset(), clock.offset() < 0 ? "behind" : "ahead of", clock.error() * 1000);
  std::string out = "The agent at " + address + " takes orders of ours: host " + printable(visit.talk().greeting().host) + ", " + printable(visit.talk().greeting().program) + ".\n" + text;
  const json& opted = is.at("opt-in");
  if (opted.contains("refused")) out += "Its host has not agreed to be broken: " + words_of(opted.at("refused")) + "\n";
  else out += "Its host is of the environment " + printable(opted.at("environment").get<std::string>()) + " and allows: " + words_of(opted.at("allows")) + ".\n";
  if (!is.at("halted").is_null()) out += "HALTED: " + printable(is.at("halted").get<std::string>()) + "\n";
  print(out + exercises_text(is.at("exercises")));
  return ExitCode::done;
}

}  // namespace

Command agent_run_options() {
  return {"agent run",
          "Runs on a staging host and lets runners elsewhere break it, as far as its own opt-in file allows: owns the host's keeper, takes orders over "
          "mutual TLS from listed certificates only, and puts everything back when the runner is lost. SIGTERM and Ctrl-C put everything back and end it.",
          "",
          {{"config", "FILE", "where it listens and who may give orders (/etc/muster/agent.yaml)"}, {"help", "", "print this"}},
          "Examples:\n"
          "  muster agent run\n"
          "  muster agent run --config agent.yaml\n"};
}

ExitCode agent_run_command(const Arguments& arguments) {
  const std::string file = std::filesystem::absolute(arguments.value("config", usual_file)).string();
  guard_this_process();
  boost::asio::io_context io(1);
  boost::asio::signal_set told(io, SIGTERM, SIGINT);
  Agent agent(io, file, "muster " MUSTER_VERSION, [](const std::string& line) { print_error("muster agent: " + line); });
  told.async_wait([&](auto error, int) {
    if (!error) agent.end("the agent was told to end", [&] { io.stop(); });
  });
  io.run();
  return ExitCode::done;
}

Command agent_status_options() {
  return {"agent status",
          "Tells of the agent of this host: where it listens, what is under way, whom it refused and why. With an address, asks the agent there as a "
          "runner would: whether it takes our orders, what its host allows, and how far its clock is from ours. Ends with 4 where none answers.",
          "[HOST:PORT]",
          {{"help", "", "print this"}},
          "Examples:\n"
          "  muster agent status\n"
          "  muster agent status db-west.example:7443\n"};
}

ExitCode agent_status_command(const Arguments& arguments) {
  if (!arguments.positional.empty()) return ask_elsewhere(arguments.positional.front());
  const std::string all = agent_status_here();
  if (all.empty()) {
    print_error("muster agent status: no agent runs here\n");
    return ExitCode::precondition;
  }
  print(status_text(json::parse(all)));
  return ExitCode::done;
}

}  // namespace muster
