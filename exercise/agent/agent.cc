#include "exercise/agent/agent.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "exercise/accepting.h"
#include "exercise/agent/agent_session.h"
#include "exercise/agent/pki.h"
#include "exercise/clock.h"
#include "exercise/faults/networks.h"
#include "exercise/processes.h"
#include "exercise/refused.h"
#include "models/moments.h"

namespace muster {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using nlohmann::json;

constexpr auto kTurn = std::chrono::milliseconds(100);
constexpr double kTurnSeconds = 0.1;
constexpr std::size_t kUnproved = 48, kProved = 16;
constexpr int kRecoverEvery = 300;  // turns

std::string status_file() { return run_root() + "/agent.json"; }

std::string address_text(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
}

// A stamp of the files that decide whom it speaks to.
std::string stamp_of(const AgentSettings& settings) {
  std::string out;
  for (const std::string& file : {settings.file, settings.credentials.certificate, settings.credentials.key, settings.credentials.ca, settings.credentials.revoked}) {
    struct stat status {};
    ::stat(file.c_str(), &status);
    out += std::to_string(status.st_ino) + "." + std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) + "." + std::to_string(status.st_size) + " ";
  }
  return out;
}

// The network alone: mounts, and with them cgroups, stay the host's.
void enter_network(const std::string& netns) {
  const bool name = netns != "." && netns != ".." && netns.find('/') == std::string::npos;
  const Descriptor file(name ? ::open(("/run/netns/" + netns).c_str(), O_RDONLY | O_CLOEXEC) : -1);
  if (file.get() < 0 || ::setns(file.get(), CLONE_NEWNET) != 0)
    throw Refused({"the agent cannot enter the network namespace " + netns + " (ip netns list shows all; it needs root)"});
}

}  // namespace

struct Agent::State : std::enable_shared_from_this<State> {
  State(asio::io_context& loop, const std::string& file, std::string program, std::function<void(const std::string&)> log)
      : io(loop), host{loop, read_agent_settings(file), nullptr, AgentLog(std::move(log)), 0, std::move(program)}, timer(loop), rest(loop) {}

  void begin() {
    host.tls = make_tls(host.settings.credentials, true);
    stamp = stamp_of(host.settings);
    look_at_certificate();
    if (!host.settings.netns.empty()) enter_network(host.settings.netns);
    const auto [address, port] = host_and_port(host.settings.listen);
    tcp::acceptor acceptor(io);
    try {
      const tcp::endpoint endpoint(asio::ip::make_address(address), static_cast<unsigned short>(std::stoi(port)));
      acceptor.open(endpoint.protocol());
      acceptor.set_option(tcp::acceptor::reuse_address(true));
      acceptor.bind(endpoint);
      acceptor.listen(128);
    } catch (const std::exception& error) {
      throw Refused({"the agent cannot listen at " + host.settings.listen + ": " + error.what()});
    }
    host.port = acceptor.local_endpoint().port();
    identity = this_process();
    since = system_clock().now();
    host.log.add("listens at " + address + ":" + std::to_string(host.port) + "; " + std::to_string(host.settings.runners.size()) + " certificates may give orders");
    recover_now();
    write_status();
    const bool six = acceptor.local_endpoint().protocol() == tcp::v6();
    accepting.emplace(io, Descriptor(acceptor.release()), six, [this](tcp::socket socket) { receive(std::move(socket)); });
    arm();
  }

  // ---- connections

  void receive(tcp::socket socket) {
    boost::system::error_code error;
    const tcp::endpoint from = socket.remote_endpoint(error);
    if (error) return;
    const std::string address = address_text(from.address());
    make_place();
    socket.non_blocking(true, error);
    const Descriptor ours(socket.release(error));
    Descriptor copy(::fcntl(ours.get(), F_DUPFD_CLOEXEC, 3));
    if (error || copy.get() < 0) return;
    try {
      sessions.push_back(std::make_shared<AgentSession>(host, std::move(copy), address + ":" + std::to_string(from.port()), address));
      sessions.back()->begin();
    } catch (const std::exception& trouble) {
      host.log.refusal(address, trouble.what());
    }
  }

  // Whoever knocks a thousand times must not keep a runner out: the oldest that has proved nothing has to go.
  void make_place() {
    prune();
    std::size_t unproved = 0, proved = 0;
    std::shared_ptr<AgentSession> oldest;
    for (const auto& session : sessions) {
      (session->proved() ? proved : unproved) += 1;
      if (!session->proved() && !oldest) oldest = session;
    }
    if (unproved < kUnproved || !oldest) return;
    host.log.refusal(oldest->peer(), "too many connections that have not proved themselves");
    oldest->end("too many connections");
  }

  void limit_proved() {
    std::size_t proved = 0;
    for (const auto& session : sessions)
      if (session->proved() && ++proved > kProved) {
        host.log.refusal(session->peer(), "too many runners");
        session->end("too many runners");
      }
  }

  void prune() {
    std::erase_if(sessions, [](const auto& session) { return session->over(); });
  }

  // ---- time

  void arm() {
    timer.expires_after(kTurn);
    timer.async_wait([self = shared_from_this()](auto error) {
      if (error || self->ended) return;
      self->turn();
      self->arm();
    });
  }

  // Its clock is turns of ours: when the machine sleeps, or all is slow, nobody is silent.
  void turn() {
    const Moment now = system_clock().now();
    const double passed = std::clamp(now.since(turned), 0.0, 5 * kTurnSeconds);
    turned = now;
    const auto copy = sessions;
    for (const auto& session : copy) session->turn(passed);
    limit_proved();
    prune();
    host.log.turn();
    if (++turns % 10 == 0) {
      reload();
      write_status();
    }
    if (turns % kRecoverEvery == 0 || (turns < kRecoverEvery && turns % 20 == 0)) recover_now();
  }

  void reload() try {
    if (const std::string now = stamp_of(host.settings); now != stamp) {
      stamp = now;
      look_at_certificate();
      AgentSettings fresh = read_agent_settings(host.settings.file);
      fresh.listen = host.settings.listen;
      fresh.netns = host.settings.netns;
      host.tls = make_tls(fresh.credentials, true);
      host.settings = std::move(fresh);
      stamp = stamp_of(host.settings);
      look_at_certificate();
      host.log.add("its files have changed, and were read anew; " + std::to_string(host.settings.runners.size()) + " certificates may give orders");
    }
  } catch (const Refused& refused) {
    host.log.add(std::string("its files have changed, and what they say is not taken: ") + refused.what());
  }

  void look_at_certificate() {
    certificate_until.reset();
    try {
      certificate_until = end_of_file(host.settings.credentials.certificate);
    } catch (const Refused&) {
    }
  }

  // What agents that died have left. Their keepers come first: one that lives is left to it.
  void recover_now() {
    if (recovering) return;
    try {
      if (!anything_to_recover()) return;
      recovering = std::make_unique<ErrandWatch>(
          io, 600,
          [] {
            recover_here();
            return json::object();
          },
          [self = shared_from_this()](const json& is) {
            self->host.log.add(is.contains("refused") ? "what was left behind could not be put back: " + is.dump() : "what a dead agent had left was put back");
            asio::post(self->io, [self] { self->recovering.reset(); });
          });
    } catch (const std::exception& error) {
      host.log.add(std::string("what was left behind could not be looked at: ") + error.what());
    }
  }

  void write_status() {
    json connections = json::array(), exercises = json::array();
    for (const auto& session : sessions)
      if (session->proved()) connections.push_back(session->told());
    for (const auto& [id, guest] : host.guests)
      if (guest->armed()) exercises.push_back({{"exercise", id}, {"in-effect", guest->in_effect()}});
    const json all{{"pid", {identity.pid, identity.start}}, {"listens", host_and_port(host.settings.listen).first + ":" + std::to_string(host.port)}, {"since", utc_text(since)},
                   {"runners", host.settings.runners.size()}, {"certificate-until", certificate_until ? json(*certificate_until) : json()}, {"connections", connections}, {"exercises", exercises},
                   {"refused", host.log.refused()}, {"refusals", host.log.refusals()}};
    const std::string text = all.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text == status) return;
    status = text;
    const std::string draft = status_file() + ".new";
    {
      const Descriptor out(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
      if (out.get() < 0 || !write_all(out.get(), text + "\n")) return;
    }
    ::rename(draft.c_str(), status_file().c_str());
  }

  // ---- its end

  void end(const std::string& why) {
    accepting->close();
    const auto copy = sessions;
    for (const auto& session : copy) session->end(why);
    prune();
    wait_for_end();
  }

  void wait_for_end() {
    const bool busy = std::any_of(host.guests.begin(), host.guests.end(), [](const auto& each) { return each.second->armed(); });
    if (busy) {
      rest.expires_after(std::chrono::milliseconds(20));
      return rest.async_wait([self = shared_from_this()](auto error) {
        if (!error) self->wait_for_end();
      });
    }
    ended = true;
    timer.cancel();
    ::unlink(status_file().c_str());
    if (const auto tell = std::exchange(on_end, nullptr)) tell();
  }

  void let_go() {
    ended = true;
    if (accepting) accepting->close();
    timer.cancel();
    rest.cancel();
    recovering.reset();
    for (const auto& session : sessions) session->end("the agent ends");
    sessions.clear();
    host.guests.clear();
  }

  asio::io_context& io;
  AgentHost host;
  std::optional<Accepting> accepting;
  asio::steady_timer timer, rest;
  std::vector<std::shared_ptr<AgentSession>> sessions;  // the oldest first
  std::unique_ptr<ErrandWatch> recovering;
  std::function<void()> on_end;
  std::string stamp, status;
  std::optional<std::int64_t> certificate_until;
  ProcessIdentity identity;
  Moment since, turned = system_clock().now();
  long turns = 0;
  bool ended = false;
};

Agent::Agent(asio::io_context& io, const std::string& settings_file, std::string program, std::function<void(const std::string&)> log)
    : state_(std::make_shared<State>(io, settings_file, std::move(program), std::move(log))) {
  state_->begin();
}

Agent::~Agent() { state_->let_go(); }

int Agent::port() const { return state_->host.port; }

void Agent::end(const std::string& why, std::function<void()> done) {
  state_->on_end = std::move(done);
  state_->end(why);
}

std::string agent_status_here() {
  std::ifstream in(status_file());
  std::string text;
  std::getline(in, text);
  const json all = json::parse(text, nullptr, false);
  if (!all.is_object() || !all.contains("pid")) return "";
  const ProcessIdentity who{all["pid"].at(0).get<pid_t>(), all["pid"].at(1).get<std::uint64_t>()};
  return state_of(who) == 0 ? "" : text;
}

}  // namespace muster
