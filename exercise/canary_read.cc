#include <signal.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/canary.h"
#include "exercise/canary_writing.h"
#include "exercise/command.h"
#include "exercise/postgres.h"
#include "exercise/web.h"

namespace muster {
namespace {

constexpr double patience = 30;  // for all of them, in seconds
constexpr std::size_t most_text = 64 << 20;

std::set<std::uint64_t> numbers_in(const std::string& text) {
  std::set<std::uint64_t> out;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (word.size() > 19 || word.find_first_not_of("0123456789") != std::string::npos)
      throw std::runtime_error("'" + word.substr(0, 40) + "' is no number of a write");
    out.insert(std::stoull(word));
  }
  return out;
}

std::string joined(const std::set<std::uint64_t>& numbers) {
  std::string out;
  for (const auto number : numbers) out += std::to_string(number) + "\n";
  return out;
}

std::string from_postgres(const Canary& canary, const std::string& exercise) {
  const Connection connection = connect(canary.reads);
  if (pq().status(connection.get()) != CONNECTION_OK) throw std::runtime_error(one_line(pq().errorMessage(connection.get())));
  const std::string query =
      "select number from " + quoted_name(connection.get(), canary.table) + " where exercise = $1 and number > 0 order by number";
  const char* const values[] = {exercise.c_str()};
  const QueryResult result(pq().execParams(connection.get(), query.c_str(), 1, nullptr, values, nullptr, nullptr, 0));
  if (pq().resultStatus(result.get()) != PGRES_TUPLES_OK) throw std::runtime_error(one_line(pq().errorMessage(connection.get())));
  std::string out;
  for (int i = 0; i < pq().ntuples(result.get()); ++i) out += std::string(pq().getvalue(result.get(), i, 0)) + "\n";
  return out;
}

std::string from_web(const Canary& canary, const std::string& exercise, std::uint64_t newest) {
  WebRequest request;
  const auto answer_for = [&](std::uint64_t number) {
    request.url = filled_in(canary.reads, exercise, number);
    return web_exchange(request, [](const std::string&) {});
  };
  if (canary.reads.find("{seq}") == std::string::npos) {
    const WebAnswer answer = answer_for(0);
    if (answer.status != 200) throw std::runtime_error("status " + std::to_string(answer.status));
    const nlohmann::json list = nlohmann::json::parse(answer.body, nullptr, false);
    return joined(list.is_array() ? list.get<std::set<std::uint64_t>>() : numbers_in(answer.body));
  }
  std::set<std::uint64_t> out;
  for (std::uint64_t number = 1; number <= newest; ++number) {
    const int status = answer_for(number).status;
    if (status / 100 == 2)
      out.insert(number);
    else if (status != 404 && status != 410)
      throw std::runtime_error("status " + std::to_string(status) + " for write " + std::to_string(number));
  }
  return joined(out);
}

std::string from_command(const Canary& canary, const std::string& exercise, const std::string& start_in) {
  CommandSettings settings;
  for (const auto& word : canary.read) settings.argv.push_back(filled_in(word, exercise, 0));
  settings.env = {{"MUSTER_EXERCISE", exercise}};
  settings.folder = start_in;
  settings.timeout = patience - 3;
  settings.most_out = most_text;
  const CommandResult result = run_command(settings);
  if (!result.succeeded()) throw std::runtime_error(result.text() + (result.tail.empty() ? "" : ": " + one_line(result.tail)));
  if (result.out.size() >= most_text) throw std::runtime_error("more numbers than 64 MiB hold");
  return joined(numbers_in(result.out));
}

}  // namespace

std::set<std::uint64_t> read_survivors(const Canary& canary, const std::string& netns, const std::string& exercise,
                                       std::uint64_t newest, const std::string& start_in) {
  // "+" and the numbers, or "-" and why not.
  Errand errand(SIGKILL, [&](int out) {
    try {
      if (!netns.empty()) enter_namespace(netns);
      const std::string numbers = canary.kind == Canary::Kind::postgres ? from_postgres(canary, exercise)
                                  : canary.kind == Canary::Kind::http   ? from_web(canary, exercise, newest)
                                                                        : from_command(canary, exercise, start_in);
      write_all(out, "+" + numbers);
    } catch (const std::exception& error) {
      write_all(out, std::string("-") + error.what());
    }
  });
  const bool over = errand.listen_for(patience);
  if (!over) throw std::runtime_error("no answer within 30 s");
  const std::string& said = errand.said();
  if (said.empty()) throw std::runtime_error("the reading ended early");
  if (said[0] != '+') throw std::runtime_error(said.substr(1));
  return numbers_in(said.substr(1));
}

std::vector<CanaryWrite> read_canary_log(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(file + " cannot be read");
  std::map<std::uint64_t, CanaryWrite> writes;
  for (std::string line; std::getline(in, line);) {
    if (in.eof()) break;  // it has no line end: torn
    std::istringstream words(line);
    char kind = ' ';
    std::uint64_t number = 0;
    Moment at;
    if (!(words >> kind >> number >> at.boot >> at.wall)) throw std::runtime_error(file + " is damaged: '" + line + "'");
    std::int64_t error = 0;  // nanoseconds, where another host told it
    if (!(words >> error)) error = 0;
    if (kind == 's') writes[number] = {number, at, std::nullopt};
    if (kind == 'a' && writes.count(number) > 0) {
      writes[number].acknowledged = at;
      writes[number].error = static_cast<double>(error) / 1e9;
    }
    if (kind == 'r') writes.erase(number);
  }
  std::vector<CanaryWrite> out;
  for (const auto& [number, write] : writes) out.push_back(write);
  return out;
}

}  // namespace muster
