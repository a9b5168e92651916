#include "app/command_line.h"

#include <boost/program_options.hpp>
#include <sstream>

#include "models/wording.h"
#include "reports/layout.h"

namespace muster {
namespace {

namespace po = boost::program_options;

const char* const words_key = "muster-words";

po::options_description options_of(const Command& command) {
  po::options_description options("Options", 80, 40);
  for (const Option& option : command.options) {
    if (option.value.empty()) {
      options.add_options()(option.name.c_str(), option.help.c_str());
      continue;
    }
    auto* value = po::value<std::vector<std::string>>()->value_name(option.value);
    options.add_options()(option.name.c_str(), value, option.help.c_str());
  }
  return options;
}

[[noreturn]] void refuse_unknown(const Command& command, const std::string& given) {
  std::vector<std::string> known;
  for (const Option& option : command.options) known.push_back("--" + option.name);
  throw UsageError("unknown option " + in_quotes(given) + did_you_mean(given, known));
}

void count_positional(const Command& command, const Arguments& arguments) {
  const std::string wanted = command.positional.substr(0, command.positional.find(" ["));
  const std::size_t most = wanted == command.positional ? 1 : 2;
  const bool optional = wanted.starts_with('['), many = wanted.ends_with("...");
  if (wanted.empty()) {
    if (!arguments.positional.empty()) throw UsageError("unexpected argument " + in_quotes(arguments.positional[0]));
    return;
  }
  if (arguments.positional.empty() && !optional) throw UsageError(wanted + " is missing");
  if (arguments.positional.size() > most && !many)
    throw UsageError("unexpected argument " + in_quotes(arguments.positional[most]) + ": " +
                     (most > 1   ? "expected " + command.positional
                      : optional ? "one " + wanted.substr(1, wanted.size() - 2) + " is expected"
                                 : "one " + wanted + " is expected"));
}

void keep(const Command& command, const po::variables_map& given, Arguments& arguments) {
  for (const Option& option : command.options) {
    if (!given.count(option.name)) continue;
    auto& values = arguments.values[option.name];
    if (option.value.empty()) continue;
    values = given[option.name].as<std::vector<std::string>>();
    if (values.size() > 1 && !option.repeatable) throw UsageError("--" + option.name + " is given twice");
  }
}

}  // namespace

std::string Arguments::value(const std::string& option, const std::string& otherwise) const {
  const auto found = values.find(option);
  return found == values.end() || found->second.empty() ? otherwise : found->second.front();
}

std::vector<std::string> Arguments::all(const std::string& option) const {
  const auto found = values.find(option);
  return found == values.end() ? std::vector<std::string>{} : found->second;
}

Arguments parse(const Command& command, std::span<const std::string> words) {
  po::options_description options = options_of(command);
  options.add_options()(words_key, po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add(words_key, -1);
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing &
                    ~po::command_line_style::allow_short;
  Arguments arguments;
  try {
    po::variables_map given;
    po::store(po::command_line_parser(std::vector<std::string>(words.begin(), words.end()))
                  .options(options)
                  .positional(positional)
                  .style(style)
                  .run(),
              given);
    if (given.count(words_key)) arguments.positional = given[words_key].as<std::vector<std::string>>();
    keep(command, given, arguments);
  } catch (const po::unknown_option& error) {
    refuse_unknown(command, error.get_option_name());
  } catch (const po::error& error) {
    throw UsageError(error.what());
  }
  for (const std::string& word : arguments.positional)
    if (word.size() > 1 && word.starts_with('-')) refuse_unknown(command, word);
  if (!arguments.has("help")) count_positional(command, arguments);
  return arguments;
}

std::string help_text(const Command& command) {
  std::ostringstream out;
  out << "usage: muster " << command.name << " [OPTION]..." << (command.positional.empty() ? "" : " ") << command.positional << "\n\n"
      << wrapped(command.summary, 80) << "\n";
  out << options_of(command) << "\n" << command.notes;
  return out.str();
}

}  // namespace muster
