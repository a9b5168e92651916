#include <algorithm>
#include <stdexcept>

#include "models/decode.h"
#include "models/decode_exercise.h"
#include "models/endpoints.h"
#include "models/exercise_shape.h"
#include "models/units.h"
#include "models/wording.h"

namespace muster {
namespace {

std::vector<std::string> texts_field(const View& map, std::string_view key) {
  std::vector<std::string> out;
  if (auto list = field(map, key)) each_item(*list, [&](const View& item) { out.push_back(item->text); });
  return out;
}

double share_field(const View& map, const std::string& of, ExerciseDecoding& decoding) {
  const double share = probability_field(map, "share").value_or(1);
  if (share <= 0) decoding.findings.error(*field(map, "share"), "a share of nothing strikes no " + of + "; expected more than 0%");
  return share;
}

void add_named(const View& aws, EndpointOutageFault& fault, ExerciseDecoding& decoding) {
  const std::string region = text_field(aws, "region");
  if (!decoding.findings.clean(aws.pointer())) return;
  const std::vector<std::string> services = texts_field(aws, "services");
  const auto add = [&](const View& at, const std::vector<std::string>& some) {
    try {
      const auto hosts = aws_endpoints().hosts(region, some);
      fault.hosts.insert(fault.hosts.end(), hosts.begin(), hosts.end());
      fault.named.push_back("aws " + region + (some.empty() ? "" : " " + some.front()));
    } catch (const std::invalid_argument& wrong) {
      decoding.findings.error(at, std::string(wrong.what()) + " (muster endpoints aws lists all)");
    }
  };
  if (services.empty()) return add(*field(aws, "region"), {});
  const auto known = aws_endpoints().regions();
  if (std::find(known.begin(), known.end(), region) == known.end()) return add(*field(aws, "region"), {});
  each_item(*field(aws, "services"), [&](const View& item) { add(item, {item->text}); });
}

EndpointOutageFault::How how_of(const std::string& word, bool slow) {
  using How = EndpointOutageFault::How;
  if (word == "reset") return How::reset;
  if (word == "hang") return How::hang;
  if (word == "http-503") return How::http_503;
  if (word == "slow" || (word.empty() && slow)) return How::slow;
  return How::refuse;
}

EndpointOutageFault::Shape shape_of(const std::string& word) {
  using Form = EndpointOutageFault::Shape;
  return word == "throttling" ? Form::throttling : word == "internal-error" ? Form::internal_error : Form::unavailable;
}

}  // namespace

EndpointOutageFault decode_endpoint_outage(const View& value, ExerciseDecoding& decoding) {
  EndpointOutageFault fault;
  fault.hosts = texts_field(value, "hosts");
  if (auto aws = field(value, "aws")) add_named(*aws, fault, decoding);
  const std::string how = text_field(value, "how");
  fault.slow = quantity_field(value, "slow", parse_duration).value_or(0);
  fault.how = how_of(how, fault.slow > 0);
  fault.shape = shape_of(text_field(value, "shape"));
  fault.share = share_field(value, "connection", decoding);
  fault.cut_existing = text_field(value, "existing") != "kept";
  fault.fail_unnamed = text_field(value, "no-sni") == "fail";
  fault.fail_encrypted = text_field(value, "ech") == "fail";
  fault.refuse_quic = text_field(value, "quic") != "pass";
  fault.listen = text_field(value, "listen");
  if (auto ports = field(value, "ports")) {
    fault.ports.clear();
    each_item(*ports, [&](const View& item) {
      if (decoding.findings.clean(item.pointer())) fault.ports.push_back(std::stoi(item->text));
    });
    if (fault.ports.empty() && fault.listen.empty() && decoding.findings.clean((*ports).pointer()))
      decoding.findings.error(*ports, "nothing is led away and it listens nowhere; expected a port, or `listen`");
  }
  if (how == "slow" && !field(value, "slow")) decoding.findings.error_at_key(value, "how slow? the key 'slow' is missing, such as slow: 2s");
  if (field(value, "shape") && how != "http-503") decoding.findings.error(*field(value, "shape"), "a shape is that of an answer; it goes with how: http-503");
  if (!fault.listen.empty() && decoding.findings.clean((*field(value, "listen")).pointer()) && !is_network(parse_host_and_port(fault.listen).first))
    decoding.findings.error(*field(value, "listen"), "to listen takes an address, such as 127.0.0.1:3128; found " + in_quotes(fault.listen));
  return fault;
}

DnsFault decode_dns_fault(const View& value, ExerciseDecoding& decoding) {
  using Answer = DnsFault::Answer;
  DnsFault fault;
  fault.names = texts_field(value, "names");
  fault.slow = quantity_field(value, "slow", parse_duration).value_or(0);
  fault.share = share_field(value, "question", decoding);
  const std::string answer = text_field(value, "answer");
  if (answer == "servfail") fault.answer = Answer::servfail;
  else if (answer == "nxdomain") fault.answer = Answer::nxdomain;
  else if (answer == "hang") fault.answer = Answer::hang;
  else if (answer == "stale") fault.answer = Answer::stale;
  else if (!answer.empty()) {
    fault.answer = Answer::address;
    fault.address = answer;
  }
  if (fault.answer == Answer::hang && fault.slow > 0) decoding.findings.error(*field(value, "slow"), "no answer cannot come late; leave `slow` away, or `answer`");
  return fault;
}

}  // namespace muster
