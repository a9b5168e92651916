/// Any bytes as the first words of a connection, and as a DNS message: read, wanted more of, or not understood; and what is answered to a
/// question is an answer to it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exercise/edge/client_hello.h"
#include "exercise/edge/dns_message.h"
#include "exercise/edge/request_head.h"

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

void check_hello(std::string_view bytes) {
  muster::ClientHello hello;
  const muster::Reading reading = muster::read_client_hello(bytes, hello);
  expect(reading == muster::Reading::complete || (hello.server_name.empty() && !hello.encrypted));
  for (const char c : hello.server_name) expect(c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z'));
  if (reading != muster::Reading::complete) return;
  // What follows changes nothing.
  muster::ClientHello again;
  expect(muster::read_client_hello(std::string(bytes) + "\x17\x03", again) == reading && again.server_name == hello.server_name);
}

void check_request(std::string_view bytes) {
  muster::RequestHead head;
  if (muster::read_request_head(bytes, head) != muster::Reading::complete) return;
  expect(head.size <= bytes.size() && head.port >= 0 && head.port <= 65535);
  muster::RequestHead again;
  const std::string passed = muster::for_another_proxy(head);
  expect(muster::read_request_head(passed, again) == muster::Reading::complete);
  expect(again.method == head.method && again.target == head.target && again.host == head.host && again.size == passed.size());
  const std::string served = muster::for_the_server(head);
  expect(served.find("\r\n\r\n") == served.size() - 4);
}

void check_message(std::string_view bytes) {
  const auto query = muster::read_dns_query(bytes);
  if (!query) return;
  expect(query->end <= bytes.size() && !query->name.empty());
  for (const std::string& answer : {muster::empty_answer(bytes, *query, muster::kServfail), muster::address_answer(bytes, *query, "1234"), muster::address_answer(bytes, *query, "1234567890123456")}) {
    expect(answer.size() >= query->end && answer.substr(0, 2) == bytes.substr(0, 2));
    expect(!muster::read_dns_query(answer));
    const auto same = muster::same_answer(bytes, *query, answer);
    expect(same && *same == answer);
  }
  muster::same_answer(bytes, *query, bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_hello(bytes);
  check_request(bytes);
  check_message(bytes);
  return 0;
}
