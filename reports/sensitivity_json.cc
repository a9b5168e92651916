#include "reports/sensitivity_json.h"

#include <nlohmann/json.hpp>

namespace muster {
namespace {

const char* word_of(SobolIndex::Kind kind) {
  switch (kind) {
    case SobolIndex::Kind::step: return "step";
    case SobolIndex::Kind::role: return "response";
    case SobolIndex::Kind::length: return "length";
    case SobolIndex::Kind::strikes: return "strikes";
    case SobolIndex::Kind::moment: return "moment";
  }
  return "";
}

const char* word_of(Lever::Kind kind) {
  switch (kind) {
    case Lever::Kind::seat: return "one-more-seat";
    case Lever::Kind::slot: return "one-more-slot";
    case Lever::Kind::faster_step: return "faster-step";
    case Lever::Kind::faster_response: return "faster-response";
    case Lever::Kind::faster_link: return "faster-link";
  }
  return "";
}

Json recovery(const RecoverySensitivity& result) {
  Json out{{"level", json_number(result.level)}, {"quantile", json_number(result.quantile)}};
  Json& factors = out["factors"] = Json::array();
  for (const SobolIndex& f : result.factors)
    factors.push_back({{"kind", word_of(f.kind)},
                       {"name", f.name},
                       {"first", json_number(f.first)},
                       {"first-ci95", json_interval(f.first_ci)},
                       {"total", json_number(f.total)},
                       {"total-ci95", json_interval(f.total_ci)}});
  Json& levers = out["levers"] = Json::array();
  for (const Lever& l : result.levers)
    levers.push_back({{"kind", word_of(l.kind)}, {"name", l.name}, {"change", json_number(l.change)}, {"change-ci95", json_interval(l.ci)}});
  return out;
}

}  // namespace

Json sensitivity_json(const OutageSensitivity& result) {
  Json out{{"replications", result.replications}};
  Json services = Json::object();
  for (const RecoverySensitivity& r : result.recoveries) {
    if (r.service.empty())
      out["recovery"] = recovery(r);
    else
      services[r.service] = recovery(r);
  }
  out["services"] = services;
  return out;
}

}  // namespace muster
