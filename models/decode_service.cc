#include <limits>

#include "models/decode.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

std::optional<Copy> decode_copy(const View& value, Decoding& decoding) {
  const Provenance outer = decode_provenance(value);
  auto provenance = [&](const View& inner) {
    Provenance own = decode_provenance(inner);
    return Provenance{own.note.empty() ? outer.note : own.note, own.source.empty() ? outer.source : own.source};
  };
  auto distribution = [&](const View& map, const char* key) { return distribution_field(map, key, decoding).value_or(Distribution()); };
  if (auto it = field(value, "replica")) return Replica{text_field(*it, "region"), distribution(*it, "lag"), provenance(*it)};
  if (auto it = field(value, "log"))
    return Log{text_field(*it, "region"), distribution(*it, "lag"), quantity_field(*it, "kept", parse_duration), provenance(*it)};
  if (auto it = field(value, "backup"))
    return Backup{text_field(*it, "region"),
                  quantity_field(*it, "every", parse_duration).value_or(hour),
                  distribution(*it, "held"),
                  distribution(*it, "takes"),
                  probability_field(*it, "succeeds").value_or(1),
                  quantity_field(*it, "kept", parse_duration),
                  provenance(*it)};
  return {};
}

Store decode_store(const View& value, Decoding& decoding) {
  Store store;
  store.size = quantity_field(value, "size", parse_size);
  if (auto copies = field(value, "copies"))
    each_item(*copies, [&](const View& item) {
      if (auto copy = decode_copy(item, decoding)) store.copies.push_back(*std::move(copy));
    });
  return store;
}

Cost decode_cost(const View& value) {
  Cost cost;
  if (auto bands = field(value, "downtime"))
    each_item(*bands, [&](const View& band) {
      auto from = quantity_field(band, "from", parse_duration);
      auto per_hour = number_field(band, "per-hour");
      if (from && per_hour) cost.downtime.push_back({*from, *per_hour});
    });
  if (auto loss = field(value, "data-loss")) cost.data_loss_per_hour = number_field(*loss, "per-hour");
  return cost;
}

std::optional<Objective> decode_objective_of(const View& value, Decoding& decoding) {
  if (!value->is_scalar()) return decode_objective(value);
  auto named = decoding.objectives.find(value->text);
  if (named != decoding.objectives.end()) return named->second;
  std::string hint = decoding.objective_names.empty() ? "; the document has no objectives" : did_you_mean(value->text, decoding.objective_names);
  decoding.findings.error(value, "no objective " + in_quotes(value->text) + " is defined under objectives" + hint);
  return {};
}

Need decode_at_least(const View& value) {
  constexpr double most = std::numeric_limits<int>::max();
  double k = number_field(value, "at-least").value_or(1);
  return {names_field(value, "of"), static_cast<int>(k >= 1 && k <= most ? k : 1)};
}

}  // namespace

Objective decode_objective(const View& value) {
  Objective objective;
  objective.rto = quantity_field(value, "rto", parse_duration);
  objective.rpo = quantity_field(value, "rpo", parse_duration);
  objective.mtpd = quantity_field(value, "mtpd", parse_duration);
  objective.confidence = probability_field(value, "confidence").value_or(objective.confidence);
  return objective;
}

std::vector<Need> decode_needs(const View& value) {
  std::vector<Need> needs;
  if (value->kind == Node::Kind::map) needs.push_back(decode_at_least(value));
  each_item(value, [&](const View& item) {
    if (item->kind == Node::Kind::map) {
      needs.push_back(decode_at_least(item));
    } else {
      needs.push_back({{item->text}, 1});
    }
  });
  return needs;
}

Service decode_service(const View& value, Decoding& decoding) {
  Service service;
  service.name = value.key;
  service.region = text_field(value, "region");
  if (auto data = field(value, "data")) service.data = decode_store(*data, decoding);
  if (auto needs = field(value, "needs")) service.needs = decode_needs(*needs);
  if (auto objective = field(value, "objective")) service.objective = decode_objective_of(*objective, decoding);
  if (auto cost = field(value, "cost")) service.cost = decode_cost(*cost);
  service.provenance = decode_provenance(value);
  return service;
}

}  // namespace muster
