#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "models/observation_import.h"

/// What observe and fit have in common: which observations are meant, and how a file's rows are read.
namespace muster {

/// --map, --unit, --time-format, --zone, --where, --censored-when, --as-of.
std::vector<Option> import_options();
/// --step, --role, --outage: of which NAME.
std::vector<Option> name_options(const std::string& what);
Option scenario_option();

struct NamedKind {
  Observation::Of of;
  std::string name;
};
/// What of --step, --role and --outage was given; nothing where none was. Throws UsageError where several were, or what is no name.
std::optional<NamedKind> named_kind(const Arguments& arguments);

/// All of these options together. Throws UsageError. Where --scenario names a file, its title; it must load.
ImportMap import_map(const Arguments& arguments);
/// The title of the scenario that --scenario names, "" without one. Throws UsageError where it has no step, role or outage of the name.
std::string scenario_title(const Arguments& arguments, const std::optional<NamedKind>& named);

/// Reads a file, or the standard input for "-". Throws InvalidInput where it cannot be opened, and as import_observations().
ImportCount import_file(const std::string& path, const ImportMap& map, const std::function<void(const ImportedRow&)>& take);
/// The heading of a CSV file's only column; "" where it has none or several, or cannot be read.
std::string only_column(const std::string& path);
/// The file's name without its folders: what an observation's source and key have.
std::string base_name(const std::string& path);

/// Instants that people write in options, UTC unless --zone or an offset says otherwise; nanoseconds since 1970.
std::int64_t time_value(const std::string& option, const std::string& text, const Zone& zone);
Zone zone_value(const Arguments& arguments);

}  // namespace muster
