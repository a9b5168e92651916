#include "exercise/edge/name_rule.h"

#include <arpa/inet.h>

#include "exercise/edge/outage_rule.h"
#include "models/host_pattern.h"

namespace muster {
namespace {

constexpr std::size_t kMostKept = 16 << 20;  // bytes of answers

std::string bytes_of(const std::string& address) {
  char bytes[16];
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) return {bytes, 4};
  if (inet_pton(AF_INET6, address.c_str(), bytes) == 1) return {bytes, 16};
  return "";
}

}  // namespace

NameVerdict NameRule::judge(std::string_view message, std::uint64_t number, bool over_tcp) const {
  NameVerdict verdict;
  const auto query = read_dns_query(message);
  if (!query || matching_pattern(fault_.names, query->name) == fault_.names.size() || !drawn(fault_.share, seed_, number)) return verdict;
  verdict.struck = true;
  verdict.late = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(fault_.slow));
  const auto answered = [&](std::string answer) {
    verdict.kind = NameVerdict::Kind::answer;
    verdict.answer = std::move(answer);
  };
  switch (fault_.answer) {
    case DnsFault::Answer::servfail:
      answered(empty_answer(message, *query, kServfail));
      break;
    case DnsFault::Answer::nxdomain:
      answered(empty_answer(message, *query, kNxdomain));
      break;
    case DnsFault::Answer::address:
      answered(address_answer(message, *query, bytes_of(fault_.address)));
      break;
    case DnsFault::Answer::hang:
      verdict.kind = NameVerdict::Kind::hang;
      break;
    case DnsFault::Answer::stale: {
      verdict.remember = query->name + " " + std::to_string(query->type) + " " + std::to_string(query->klass) + (over_tcp ? " tcp" : " udp") +
                         (query->edns ? query->dnssec_ok ? " do" : " edns" : "");
      if (const auto found = kept_.find(verdict.remember); found != kept_.end())
        if (auto same = same_answer(message, *query, found->second)) answered(std::move(*same));
      break;
    }
    case DnsFault::Answer::truth:
      break;
  }
  return verdict;
}

void NameRule::keep(const std::string& remember, std::string_view answer) {
  if (kept_bytes_ + answer.size() > kMostKept) return;
  if (kept_.emplace(remember, answer).second) kept_bytes_ += answer.size();
}

}  // namespace muster
