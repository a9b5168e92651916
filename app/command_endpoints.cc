#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/output.h"
#include "models/endpoints.h"
#include "models/host_pattern.h"
#include "models/wording.h"
#include "reports/layout.h"

/// Which hosts a cloud's region or service is, and what a host is: what an endpoint-outage would strike, told beforehand.
namespace muster {
namespace {

using Json = nlohmann::ordered_json;

const EndpointCatalogue& catalogue_called(const std::string& provider) {
  if (provider != aws_endpoints().provider) throw UsageError("there is no catalogue of " + in_quotes(provider) + "; there is aws");
  return aws_endpoints();
}

std::string everything(const EndpointCatalogue& catalogue) {
  return "REGIONS\n" + wrapped(listed(catalogue.regions(), "and"), 80, "  ", "  ") + "\nSERVICES\n" + wrapped(listed(catalogue.service_names(), "and"), 80, "  ", "  ");
}

ExitCode tell_hosts(const EndpointCatalogue& catalogue, const std::string& region, const std::vector<std::string>& services, bool json) {
  std::vector<std::string> hosts;
  try {
    hosts = catalogue.hosts(region, services);
  } catch (const std::invalid_argument& wrong) {
    throw UsageError(wrong.what());
  }
  std::string out;
  for (const std::string& host : hosts) out += host + "\n";
  if (json) out = Json{{"muster-endpoints", 1}, {"provider", catalogue.provider}, {"region", region}, {"services", services}, {"hosts", hosts}}.dump(2) + "\n";
  print(out);
  return ExitCode::done;
}

ExitCode tell_matches(const EndpointCatalogue& catalogue, const std::vector<std::string>& hosts, bool json) {
  Json all = Json::array();
  std::string text;
  bool every = true;
  for (const std::string& host : hosts) {
    try {
      check_host_pattern(host);
    } catch (const std::invalid_argument& wrong) {
      throw UsageError(std::string("--host: ") + wrong.what());
    }
    const std::vector<EndpointMatch> found = endpoints_of_host(catalogue, host);
    Json matches = Json::array();
    for (const EndpointMatch& each : found) {
      matches.push_back({{"region", each.region}, {"service", each.service}, {"pattern", each.pattern}});
      text += host + "  " + catalogue.provider + " " + each.region + " " + each.service + "  by " + each.pattern + "\n";
    }
    if (found.empty()) text += host + "  none of " + catalogue.provider + " that is known here\n";
    every &= !found.empty();
    all.push_back({{"host", host}, {"matches", matches}});
  }
  print(json ? Json{{"muster-endpoints", 1}, {"provider", catalogue.provider}, {"looked-up", all}}.dump(2) + "\n" : text);
  return every ? ExitCode::done : ExitCode::precondition;
}

}  // namespace

Command endpoints_options() {
  return {"endpoints",
          "Says which hosts a region of a cloud, or a service in it, is, in all their forms: what `aws: {region, services}` of an endpoint-outage "
          "strikes. Without a region: which regions and services are known. With --host: what a host is; ends with 4 where one is not known.",
          "PROVIDER...",
          {{"host", "NAME", "which region and service this host is; may be repeated", true}, {"json", "", "as JSON"}, {"help", "", "print this"}},
          "After PROVIDER, which is aws, comes a REGION, then SERVICES; of none of them: the whole region.\n\n"
          "Examples:\n"
          "  muster endpoints aws us-east-1 dynamodb\n"
          "  muster endpoints aws us-east-1\n"
          "  muster endpoints aws --host dynamodb.us-east-1.amazonaws.com\n"};
}

ExitCode endpoints_command(const Arguments& arguments) {
  const std::vector<std::string>& words = arguments.positional;
  const EndpointCatalogue& catalogue = catalogue_called(words.front());
  const bool json = arguments.has("json");
  if (arguments.has("host")) {
    if (words.size() > 1) throw UsageError("either a region or --host");
    return tell_matches(catalogue, arguments.all("host"), json);
  }
  if (words.size() > 1) return tell_hosts(catalogue, words[1], {words.begin() + 2, words.end()}, json);
  print(json ? Json{{"muster-endpoints", 1}, {"provider", catalogue.provider}, {"regions", catalogue.regions()}, {"services", catalogue.service_names()}}.dump(2) + "\n" : everything(catalogue));
  return ExitCode::done;
}

}  // namespace muster
