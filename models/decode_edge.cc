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

void expect_address(const View& map, const std::string& listen, const std::string& example, ExerciseDecoding& decoding) {
  if (!listen.empty() && decoding.findings.clean((*field(map, "listen")).pointer()) && !is_network(parse_host_and_port(listen).first))
    decoding.findings.error(*field(map, "listen"), "to listen takes an address, such as " + example + "; found " + in_quotes(listen));
}

/// Of a quantity that is counted in whole `unit`s later on: less than one would be nothing.
double counted_field(const View& map, std::string_view key, double (*parse)(std::string_view), double unit, const char* least, ExerciseDecoding& decoding) {
  const double value = quantity_field(map, key, parse).value_or(unit);
  if (value < unit && decoding.findings.clean((*field(map, key)).pointer())) decoding.findings.error(*field(map, key), std::string("too little to be felt; expected at least ") + least);
  return value;
}

PathToxic decode_toxic(const View& item, ExerciseDecoding& decoding) {
  using Kind = PathToxic::Kind;
  constexpr double ms = 0.001, us = 1e-6, kilobyte = 1000, byte = 1;
  const auto at = [&](const char* key) { return field(item, key); };
  PathToxic toxic;
  if (item->is_scalar()) {
    toxic.kind = item->text == "timeout" ? Kind::timeout : Kind::reset_peer;
    return toxic;
  }
  const auto of = [&](Kind kind, const View& settings) {
    toxic.kind = kind;
    toxic.upstream = text_field(settings, "stream") == "upstream";
    toxic.share = share_field(settings, "connection", decoding);
    return settings;
  };
  const auto time = [&](const View& settings, const char* key, double unit, const char* least) { return field(settings, key) ? counted_field(settings, key, parse_duration, unit, least, decoding) : 0; };
  if (const auto latency = at("latency")) {
    toxic.time = time(of(Kind::latency, *latency), "latency", ms, "1ms");
    toxic.jitter = quantity_field(*latency, "jitter", parse_duration).value_or(0);
  } else if (const auto bandwidth = at("bandwidth")) {
    toxic.rate = counted_field(of(Kind::bandwidth, *bandwidth), "rate", parse_rate, kilobyte, "1 kB/s", decoding);
  } else if (const auto slow_close = at("slow_close")) {
    toxic.time = time(of(Kind::slow_close, *slow_close), "delay", ms, "1ms");
  } else if (const auto timeout = at("timeout")) {
    toxic.time = time(of(Kind::timeout, *timeout), "timeout", ms, "1ms");
  } else if (const auto reset = at("reset_peer")) {
    toxic.time = time(of(Kind::reset_peer, *reset), "timeout", ms, "1ms");
  } else if (const auto slicer = at("slicer")) {
    toxic.size = counted_field(of(Kind::slicer, *slicer), "average_size", parse_size, byte, "1 B", decoding);
    toxic.variation = quantity_field(*slicer, "size_variation", parse_size).value_or(0);
    toxic.time = time(*slicer, "delay", us, "a microsecond");
  } else if (const auto limit = at("limit_data")) {
    toxic.size = counted_field(of(Kind::limit_data, *limit), "bytes", parse_size, byte, "1 B", decoding);
  }
  return toxic;
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_network(host)); }

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
  expect_address(value, fault.listen, "127.0.0.1:3128", decoding);
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

ProxyFault decode_proxy_fault(const View& value, ExerciseDecoding& decoding) {
  ProxyFault fault;
  fault.cut_existing = text_field(value, "existing") != "kept";
  fault.listen = text_field(value, "listen");
  const auto add = [&](const View& at) {
    if (!at->is_scalar() || !decoding.findings.clean(at.pointer())) return;
    fault.upstream.push_back(at->text);
    if (fault.listen.empty() && is_loopback(parse_host_and_port(at->text).first))
      decoding.findings.error(at, "what goes over loopback is led nowhere; give the fault a place to listen at, such as listen: 127.0.0.1:15432, and let who is to meet it go there");
  };
  if (const auto upstream = field(value, "upstream")) {
    if ((*upstream)->is_scalar()) add(*upstream);
    each_item(*upstream, add);
    if (!fault.listen.empty() && fault.upstream.size() > 1)
      decoding.findings.error(*field(value, "listen"), "who comes there can be led to one only; expected one `upstream`, found " + std::to_string(fault.upstream.size()));
  }
  if (const auto toxics = field(value, "toxics")) each_item(*toxics, [&](const View& item) { fault.toxics.push_back(decode_toxic(item, decoding)); });
  expect_address(value, fault.listen, "127.0.0.1:15432", decoding);
  return fault;
}

}  // namespace muster
