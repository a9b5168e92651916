#include <cstdlib>
#include <fstream>
#include <sstream>

#include "app/commands.h"
#include "app/option_values.h"
#include "app/output.h"
#include "exercise/proxy/service.h"
#include "exercise/refused.h"
#include "models/units.h"

/// A TCP proxy that makes connections bad on demand.
namespace muster {
namespace {

std::string text_of_file(const std::string& option, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw Refused({"--" + option + ": " + path + " cannot be read"});
  return std::move(text).str();
}

// Never from the command line, which every user of the machine can read.
std::string token_of(const Arguments& arguments) {
  std::string token;
  if (arguments.has("token-file")) {
    token = text_of_file("token-file", arguments.value("token-file"));
  } else if (const char* given = std::getenv("MUSTER_PROXY_TOKEN")) {
    token = given;
  }
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  if (arguments.has("token-file") && token.empty()) throw Refused({"--token-file: " + arguments.value("token-file") + " holds no token"});
  return token;
}

std::int64_t milliseconds_of(const Arguments& arguments, const std::string& option, std::int64_t otherwise) {
  if (!arguments.has(option)) return otherwise;
  double seconds = 0;
  try {
    seconds = parse_duration(arguments.value(option));
  } catch (const std::invalid_argument& wrong) {
    throw UsageError("--" + option + ": " + wrong.what());
  }
  if (!(seconds >= 0.001 && seconds <= 366 * 86400.0)) throw UsageError("--" + option + ": expected a duration from 1ms to 366d");
  return static_cast<std::int64_t>(seconds * 1000);
}

proxy::ServiceOptions options_of(const Arguments& arguments) {
  proxy::ServiceOptions options;
  options.listen = arguments.value("listen", options.listen);
  options.audit = arguments.value("audit");
  options.version = MUSTER_VERSION;
  options.rules.exposed = arguments.all("expose");
  options.rules.lifetimes.most = milliseconds_of(arguments, "max-ttl", options.rules.lifetimes.most);
  options.rules.lifetimes.usual = milliseconds_of(arguments, "ttl", std::min(options.rules.lifetimes.usual, options.rules.lifetimes.most));
  if (options.rules.lifetimes.usual > options.rules.lifetimes.most) throw UsageError("--ttl is longer than --max-ttl");
  if (arguments.has("connections")) options.forwarding.connections = static_cast<std::int64_t>(count_value("connections", arguments.value("connections"), 1, 1'000'000));
  if (arguments.has("seed")) options.forwarding.seed = seed_value("seed", arguments.value("seed"));
  options.forwarding.threads = threads_of(arguments);
  options.token = token_of(arguments);
  if (arguments.has("config")) options.config = text_of_file("config", arguments.value("config"));
  return options;
}

}  // namespace

Command proxy_options() {
  return {"proxy",
          "Forwards TCP connections, and makes them bad on demand: slow, narrow, cut, reset, silent. Speaks Toxiproxy's HTTP API (version 2), so its "
          "clients work unchanged. Serves until it is interrupted; then, and when it dies, nothing is left.",
          "",
          {{"listen", "ADDRESS", "of the API (localhost:8474)"},
           {"config", "FILE", "proxies to begin with, as JSON: [{name, listen, upstream, enabled}]"},
           {"expose", "ADDRESS", "let proxies, and the API if --listen says so, listen on this address too, not on loopback alone; * is every one; may be repeated", true},
           {"token-file", "FILE", "what clients must show as Authorization: Bearer; else the environment's MUSTER_PROXY_TOKEN, if any"},
           {"audit", "FILE", "append who changed what, and when, as JSON lines"},
           {"ttl", "DURATION", "after which a toxic ends by itself if it does not say (1h)"},
           {"max-ttl", "DURATION", "the longest that one may ask for (24h)"},
           {"connections", "N", "at most so many at a time (10000)"},
           {"threads", "N", "that carry bytes (one a core, at most 8)"},
           {"seed", "N", "other random draws for toxicity, jitter and slices (1)"},
           {"help", "", "print this"}},
          "Examples:\n"
          "  muster proxy --audit proxy.log\n"
          "  curl -d '{\"name\": \"db\", \"listen\": \"localhost:15432\", \"upstream\": \"localhost:5432\"}' localhost:8474/proxies\n"
          "  curl -d '{\"type\": \"latency\", \"attributes\": {\"latency\": 200}, \"ttl\": 60000}' localhost:8474/proxies/db/toxics\n"};
}

ExitCode proxy_command(const Arguments& arguments) {
  try {
    proxy::serve(options_of(arguments), [](const std::string& text) { print(text); });
  } catch (const proxy::ApiError& wrong) {
    print_error("muster proxy: " + arguments.value("config") + ": " + wrong.what() + "\n");
    return wrong.status == 400 ? ExitCode::invalid_input : ExitCode::precondition;
  }
  return ExitCode::done;
}

}  // namespace muster
