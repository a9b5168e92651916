#include "models/fingerprint.h"

#include <openssl/evp.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace muster {
namespace {

using Json = nlohmann::json;

Json to_json(const Distribution&);
Json to_json(const OpeningHours&);
Json to_json(const Need&);
Json to_json(const Response&);
Json to_json(const Role&);
Json to_json(const Capacity&);
Json to_json(const Copy&);
Json to_json(const Store&);
Json to_json(const Objective&);
Json to_json(const CostBand&);
Json to_json(const Cost&);
Json to_json(const Service&);
Json to_json(const Strike&);
Json to_json(const Onset&);
Json to_json(const Outage&);
Json to_json(const Part&);
Json to_json(const Seats&);
Json to_json(const Step&);
Json to_json(const Correlation&);
Json to_json(const Plan&);

Json law(const Constant& l) { return {{"constant", l.value}}; }
Json law(const Uniform& l) { return {{"uniform", {l.low, l.high}}}; }
Json law(const Triangular& l) { return {{"triangular", {l.low, l.mode, l.high}}}; }
Json law(const Pert& l) { return {{"pert", {l.low, l.mode, l.high}}}; }
Json law(const Exponential& l) { return {{"exponential", l.mean}}; }
Json law(const TruncatedNormal& l) { return {{"normal", {l.mean, l.sd}}}; }
Json law(const Lognormal& l) { return {{"lognormal", {l.mu, l.sigma}}}; }
Json law(const Gamma& l) { return {{"gamma", {l.shape, l.scale}}}; }
Json law(const Weibull& l) { return {{"weibull", {l.shape, l.scale}}}; }
Json law(const Empirical& l) { return {{"empirical", l.values}}; }
Json law(const Mixture& l) {
  Json of = Json::array();
  for (const Distribution& d : l.of) of.push_back(to_json(d));
  return {{"mixture", {{"weights", l.weights}, {"of", of}}}};
}
Json law(const Shifted& l) { return {{"shifted", {{"by", l.by}, {"of", to_json(l.of.at(0))}}}}; }

Json to_json(const Distribution& distribution) {
  return std::visit([](const auto& l) { return law(l); }, distribution.law());
}
Json to_json(double value) { return value; }
Json to_json(int value) { return value; }
template <typename T>
Json to_json(const std::optional<T>& value) {
  return value ? to_json(*value) : Json();
}
template <typename T>
Json to_json(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(to_json(value));
  return list;
}
Json to_json(const CalibratedLaw& law) {
  const Belief& b = law.belief;
  return {{"scores", to_json(law.scores)}, {"belief", {b.location, b.weight, b.freedom, b.scale}}};
}
// Only where it is: what was never calibrated keeps its hash.
void add_calibrated(Json& object, const char* key, const std::optional<CalibratedLaw>& law) {
  if (law) object[key] = to_json(*law);
}
Json to_json(const OpeningHours& h) { return {{"days", h.days}, {"opens", h.opens}, {"closes", h.closes}}; }
Json to_json(const Need& need) { return {{"of", need.of}, {"at-least", need.at_least}}; }
Json to_json(const Response& r) {
  Json out{{"on-hours", to_json(r.on_hours)}, {"off-hours", r.absent_off_hours ? Json("absent") : to_json(r.off_hours)}};
  add_calibrated(out, "on-calibrated", r.on_calibrated);
  add_calibrated(out, "off-calibrated", r.off_calibrated);
  return out;
}
Json to_json(const Role& r) {
  return {{"name", r.name}, {"count", r.count}, {"hours", to_json(r.hours)}, {"responds", to_json(r.responds)}};
}
Json to_json(const Capacity& c) { return {{"name", c.name}, {"rate", to_json(c.rate)}, {"slots", to_json(c.slots)}}; }

Json copy(const Replica& c) { return {{"replica", {{"region", c.region}, {"lag", to_json(c.lag)}}}}; }
Json copy(const Log& c) { return {{"log", {{"region", c.region}, {"lag", to_json(c.lag)}, {"kept", to_json(c.kept)}}}}; }
Json copy(const Backup& c) {
  return {{"backup",
           {{"region", c.region}, {"every", c.every}, {"held", to_json(c.held)}, {"takes", to_json(c.takes)}, {"succeeds", c.succeeds}, {"kept", to_json(c.kept)}}}};
}
Json to_json(const Copy& c) {
  return std::visit([](const auto& each) { return copy(each); }, c);
}
Json to_json(const Store& s) { return {{"size", to_json(s.size)}, {"copies", to_json(s.copies)}}; }
Json to_json(const Objective& o) {
  return {{"rto", to_json(o.rto)}, {"rpo", to_json(o.rpo)}, {"mtpd", to_json(o.mtpd)}, {"confidence", o.confidence}};
}
Json to_json(const CostBand& b) { return {{"from", b.from}, {"per-hour", b.per_hour}}; }
Json to_json(const Cost& c) { return {{"downtime", to_json(c.downtime)}, {"data-loss", to_json(c.data_loss_per_hour)}}; }
Json to_json(const Service& s) {
  return {{"name", s.name},           {"region", s.region}, {"data", to_json(s.data)}, {"needs", to_json(s.needs)},
          {"objective", to_json(s.objective)}, {"cost", to_json(s.cost)}};
}
Json to_json(const Strike& s) {
  return {{"region", s.region}, {"services", s.services}, {"probability", s.probability}, {"after", to_json(s.after)}, {"lasts", to_json(s.lasts)}};
}
Json to_json(const Onset& o) {
  return {{"dated", o.dated}, {"week-minute", o.week_minute}, {"local-seconds", o.local_seconds}, {"utc", o.utc}};
}
Json to_json(const Outage& o) {
  Json out{{"name", o.name},
          {"strikes", to_json(o.strikes)},
          {"rate", to_json(o.rate)},
          {"interval", to_json(o.interval)},
          {"clock-always", o.clock_always},
          {"lasts", to_json(o.lasts)},
          {"data", static_cast<int>(o.data)},
          {"noticed-after", to_json(o.noticed_after)},
          {"starts", to_json(o.starts)},
          {"plan", o.plan}};
  add_calibrated(out, "calibrated", o.calibrated);
  return out;
}
Json part(const Distribution& d) { return to_json(d); }
Json part(const Transfer& t) { return {{"transfer", t.bytes}, {"over", t.over}}; }
Json part(const Drain& d) { return {{"arrives", d.arrives}, {"served", d.served}}; }
Json to_json(const Part& p) {
  return std::visit([](const auto& each) { return part(each); }, p);
}
Json to_json(const Seats& s) { return {{"of", s.of}, {"count", s.count}}; }
Json to_json(const Step& s) {
  Json out{{"name", s.name},
          {"after", s.after},
          {"needs", to_json(s.needs)},
          {"only-if", s.only_if},
          {"takes", to_json(s.takes)},
          {"by", to_json(s.by)},
          {"uses", to_json(s.uses)},
          {"fails", s.fails},
          {"attempts", s.attempts},
          {"retry-after", to_json(s.retry_after)},
          {"on-failure", static_cast<int>(s.on_failure)},
          {"do", s.replacement},
          {"otherwise", s.otherwise},
          {"waits-at-most", to_json(s.waits_at_most)},
          {"timeout", to_json(s.timeout)},
          {"recovers", s.recovers},
          {"priority", s.priority},
          {"every", to_json(s.every)},
          {"until", s.until}};
  add_calibrated(out, "calibrated", s.calibrated);
  return out;
}
Json to_json(const Correlation& c) { return {{"steps", c.steps}, {"rho", c.rho}}; }
Json to_json(const Plan& p) {
  return {{"name", p.name},
          {"commits-at", p.commits_at},
          {"patience", p.patience},
          {"correlated", to_json(p.correlated)},
          {"dispatch", static_cast<int>(p.dispatch)}};
}
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Element by element: the tree of a whole scenario would take many times the memory of its text.
template <typename T>
std::string list_of(const std::vector<T>& values);

template <typename T>
std::string text_of(const T& value) {
  return text_of(to_json(value));
}
std::string text_of(const Plan& plan) {
  std::string head = text_of(to_json(plan));
  head.pop_back();
  return head + ",\"steps\":" + list_of(plan.steps) + "}";
}

template <typename T>
std::string list_of(const std::vector<T>& values) {
  std::string out = "[";
  for (const T& value : values) out += (out.size() == 1 ? "" : ",") + text_of(value);
  return out + "]";
}

}  // namespace

std::string canonical_json(const Scenario& s) {
  std::string seen;
  for (const auto& [outage, scenario] : s.as_seen_by) seen += (seen.empty() ? "" : ",") + text_of(Json(outage)) + ":" + canonical_json(scenario);
  return "{\"as-seen-by\":{" + seen + "},\"capacity\":" + list_of(s.capacity) + ",\"currency\":" + text_of(Json(s.currency)) +
         ",\"muster\":1,\"outages\":" + list_of(s.outages) + ",\"plans\":" + list_of(s.plans) + ",\"regions\":" + text_of(Json(s.regions)) +
         ",\"roles\":" + list_of(s.roles) + ",\"services\":" + list_of(s.services) + ",\"time-zone\":" + text_of(Json(s.time_zone)) + "}";
}

std::string canonical_json(const Distribution& law) { return text_of(law); }
std::string canonical_json(const std::vector<Part>& takes) { return list_of(takes); }

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) != 1) throw std::logic_error("SHA-256 is missing");
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    constexpr char digits[] = "0123456789abcdef";
    out += digits[digest[i] >> 4];
    out += digits[digest[i] & 15];
  }
  return out;
}

}  // namespace muster
