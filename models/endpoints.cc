#include "models/endpoints.h"

#include <algorithm>
#include <stdexcept>

#include "models/document.h"
#include "models/host_pattern.h"
#include "models/wording.h"

namespace muster {

extern const char* const aws_endpoints_text;  // models/endpoints/aws.yaml

namespace {

/// Reads what must be there. The files are the program's own; the places are for who changes one.
class Reader {
 public:
  explicit Reader(std::string name) : name_(std::move(name)) {}

  [[noreturn]] void refuse(const Node& at, const std::string& why) const {
    throw InvalidInput({Problem{Problem::Severity::error, name_, at.place.line, at.place.column, "", why}});
  }
  const Node& member(const Node& map, const char* key) const {
    const Node* found = map.find(key);
    if (!found) refuse(map, std::string("the key '") + key + "' is missing");
    return *found;
  }
  std::string text(const Node& map, const char* key) const { return member(map, key).text; }
  std::vector<std::string> texts(const Node* list) const {
    std::vector<std::string> out;
    if (list)
      for (const Node& item : list->items) out.push_back(item.text);
    return out;
  }

  EndpointService service(const Member& entry) const {
    EndpointService out{entry.key, texts(entry.value.find("names")), texts(entry.value.find("hosts"))};
    if (const Node* global = entry.value.find("global"))
      for (const Member& region : global->members) out.global[region.key] = texts(&region.value);
    return out;
  }

 private:
  std::string name_;
};

std::string filled(std::string form, const std::string& name, std::string_view region, const EndpointCatalogue::Partition& partition) {
  const std::pair<std::string_view, std::string> values[] = {
      {"{name}", name}, {"{region}", std::string(region)}, {"{suffix}", partition.suffix}, {"{dual}", partition.dual}};
  for (const auto& [key, value] : values)
    for (auto at = form.find(key); at != form.npos; at = form.find(key, at + value.size())) form.replace(at, key.size(), value);
  return form;
}

void once(std::vector<std::string>& all) {
  std::vector<std::string> out;
  for (const std::string& one : all)
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(one);
  all = std::move(out);
}

}  // namespace

std::vector<std::string> EndpointCatalogue::regions() const {
  std::vector<std::string> out;
  for (const Partition& each : partitions) out.insert(out.end(), each.regions.begin(), each.regions.end());
  return out;
}

std::vector<std::string> EndpointCatalogue::service_names() const {
  std::vector<std::string> out;
  for (const EndpointService& each : services) out.push_back(each.name);
  return out;
}

std::vector<std::string> EndpointCatalogue::hosts(std::string_view region, const std::vector<std::string>& wanted) const {
  const auto home = std::find_if(partitions.begin(), partitions.end(), [&](const Partition& each) {
    return std::find(each.regions.begin(), each.regions.end(), region) != each.regions.end();
  });
  if (home == partitions.end()) throw std::invalid_argument(in_quotes(region) + " is no region of " + provider + " that is known here" + did_you_mean(region, regions()));
  std::vector<std::string> out;
  const auto add_global = [&](const EndpointService& service) {
    if (const auto found = service.global.find(std::string(region)); found != service.global.end()) out.insert(out.end(), found->second.begin(), found->second.end());
  };
  if (wanted.empty()) {
    for (const std::string& form : whole_region) out.push_back(filled(form, "", region, *home));
    for (const EndpointService& service : services) add_global(service);
  }
  for (const std::string& name : wanted) {
    const auto service = std::find_if(services.begin(), services.end(), [&](const EndpointService& each) { return each.name == name; });
    if (service == services.end()) throw std::invalid_argument(in_quotes(name) + " is no service of " + provider + " that is known here" + did_you_mean(name, service_names()));
    for (const std::string& prefix : service->names)
      for (const std::string& form : every) out.push_back(filled(form, prefix, region, *home));
    for (const std::string& form : service->hosts) out.push_back(filled(form, "", region, *home));
    add_global(*service);
  }
  once(out);
  return out;
}

EndpointCatalogue parse_endpoints(std::string_view text, const std::string& name) {
  const Document document = read_document(text, name);
  const Reader reader(name);
  EndpointCatalogue out;
  if (reader.text(document.root, "muster-endpoints") != "1") reader.refuse(document.root, "a catalogue of another version, expected muster-endpoints: 1");
  out.provider = reader.text(document.root, "provider");
  for (const Node& each : reader.member(document.root, "partitions").items) out.partitions.push_back({reader.text(each, "suffix"), reader.text(each, "dual"), reader.texts(each.find("regions"))});
  out.every = reader.texts(document.root.find("every"));
  out.whole_region = reader.texts(document.root.find("whole-region"));
  for (const Member& each : reader.member(document.root, "services").members) out.services.push_back(reader.service(each));
  return out;
}

const EndpointCatalogue& aws_endpoints() {
  static const EndpointCatalogue catalogue = parse_endpoints(aws_endpoints_text, "aws.yaml");
  return catalogue;
}

std::vector<EndpointMatch> endpoints_of_host(const EndpointCatalogue& catalogue, std::string_view host) {
  std::vector<EndpointMatch> out;
  std::string small(host);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const std::string& region : catalogue.regions())
    for (const EndpointService& service : catalogue.services) {
      if (small.find(region) == small.npos && !service.global.contains(region)) continue;  // all other forms name their region
      const std::vector<std::string> patterns = catalogue.hosts(region, {service.name});
      if (const std::size_t i = matching_pattern(patterns, host); i < patterns.size()) out.push_back({region, service.name, patterns[i]});
    }
  return out;
}

}  // namespace muster
