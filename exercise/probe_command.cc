#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "exercise/answer.h"
#include "exercise/command.h"
#include "exercise/comparison.h"

namespace muster {
namespace {

std::string without_line_end(std::string text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
  return text;
}

std::string shown(const std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  return "'" + (line.size() > 60 ? line.substr(0, 57) + "..." : line) + "'";
}

}  // namespace

Answer ask(const CommandProbe& probe, double timeout, const std::string& folder, const Stage& stage) {
  stage("waiting for " + (probe.argv.empty() ? std::string() : probe.argv[0]) + " to end");
  boost::asio::io_context io;
  CommandResult result;
  RunningCommand command(io, {.argv = probe.argv, .netns = "", .folder = folder, .env = {}, .timeout = timeout, .output_file = ""},
                         [&](const CommandResult& done) {
                           result = done;
                           io.stop();
                         });
  // The tree must not outlive whoever asked.
  boost::asio::signal_set ended(io, SIGTERM);
  ended.async_wait([&](const boost::system::error_code& error, int) {
    if (!error) command.end();
  });
  io.run();
  if (result.end == CommandResult::End::not_started) return unknown(result.why);
  if (result.end != CommandResult::End::exited) return unknown(result.text());
  if (result.status != probe.exit) return failing(result.text());
  const std::string out = without_line_end(result.out);
  if (!probe.stdout_is.empty() && out != probe.stdout_is) return failing(shown(out) + ", not '" + probe.stdout_is + "'");
  if (!probe.stdout_matches.empty() && !found_in(out, probe.stdout_matches)) return failing(shown(out) + " does not match");
  return passing(result.text());
}

}  // namespace muster
