#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Which hosts a cloud's region or service is, from a catalogue that is part of the program (models/endpoints/).
///
/// Values; all functions are pure and thread-safe. Patterns are those of host_pattern.h.
namespace muster {

struct EndpointService {
  std::string name;
  std::vector<std::string> names;                            ///< endpoint prefixes
  std::vector<std::string> hosts;                            ///< forms of its own
  std::map<std::string, std::vector<std::string>> global{};  ///< hosts without a region, by the region that serves them
};

struct EndpointCatalogue {
  struct Partition {
    std::string suffix, dual;
    std::vector<std::string> regions;
  };
  std::string provider;
  std::vector<Partition> partitions;
  std::vector<std::string> every;         ///< forms of each endpoint prefix
  std::vector<std::string> whole_region;  ///< forms that cover whatever a region has
  std::vector<EndpointService> services;  ///< in the order of the file

  std::vector<std::string> regions() const;
  std::vector<std::string> service_names() const;
  /// The patterns of these services in a region, without repetition; of no service: of the whole region. Throws std::invalid_argument with
  /// a sentence, and the nearest, where the region or a service is not known.
  std::vector<std::string> hosts(std::string_view region, const std::vector<std::string>& services) const;
};

/// Throws InvalidInput.
EndpointCatalogue parse_endpoints(std::string_view text, const std::string& name);
const EndpointCatalogue& aws_endpoints();

/// What a host is: each region and service of which a pattern matches it. By region, then by service.
struct EndpointMatch {
  std::string region, service, pattern;
};
std::vector<EndpointMatch> endpoints_of_host(const EndpointCatalogue& catalogue, std::string_view host);

}  // namespace muster
