#include "tests/exercise/wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "exercise/faults/nftables.h"
namespace muster::scratch {
namespace {

struct Place {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  int family = AF_INET;
};

Place place(const std::string& address, int port) {
  Place out;
  if (address.find(':') == std::string::npos) {
    auto* four = reinterpret_cast<sockaddr_in*>(&out.bytes);
    four->sin_family = AF_INET;
    four->sin_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, address.c_str(), &four->sin_addr);
    out.size = sizeof *four;
  } else {
    auto* six = reinterpret_cast<sockaddr_in6*>(&out.bytes);
    out.family = AF_INET6;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET6, address.c_str(), &six->sin6_addr);
    out.size = sizeof *six;
  }
  return out;
}

Descriptor socket_in(const std::string& netns, int family, int type) {
  Descriptor file;
  in_network(netns, [&] { file = Descriptor(socket(family, type | SOCK_CLOEXEC, 0)); });
  if (file.get() < 0) ADD_FAILURE() << "no socket in " << netns;
  return file;
}

Descriptor bound(const std::string& netns, const std::string& address, int port, int type) {
  const Place at = place(address, port);
  Descriptor file = socket_in(netns, at.family, type);
  const int on = 1;
  setsockopt(file.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(file.get(), reinterpret_cast<const sockaddr*>(&at.bytes), at.size) != 0) ADD_FAILURE() << address << ": " << std::strerror(errno);
  return file;
}

bool ready(const Descriptor& file, short events, double seconds) {
  pollfd one{file.get(), events, 0};
  return poll(&one, 1, static_cast<int>(seconds * 1000)) > 0;
}

std::atomic<int> count{0};

}  // namespace

std::string shell(const std::string& line) {
  std::string out;
  FILE* pipe = popen((line + " 2>&1").c_str(), "r");
  char buffer[4096];
  for (std::size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, got);
  const int status = pclose(pipe);
  if (status != 0) ADD_FAILURE() << line << " ended with " << status << ": " << out;
  return out;
}

bool succeeds(const std::string& line) { return std::system(("(" + line + ") > /dev/null 2>&1").c_str()) == 0; }

std::string Wire::missing() {
  const std::string tag = "mwprobe" + std::to_string(getpid());
  const bool can = geteuid() == 0 && succeeds("ip netns add " + tag + " && ip netns exec " + tag + " nft list ruleset");
  succeeds("ip netns del " + tag);
  return can ? "" : "root, ip netns and nft are needed";
}

Wire::Wire() : near_("mw" + std::to_string(getpid()) + "n" + std::to_string(++count)), far_("mw" + std::to_string(getpid()) + "f" + std::to_string(count)) {
  for (const auto& name : {near_, far_}) shell("ip netns add " + name);
  shell("ip -n " + near_ + " link add eth0 type veth peer name eth0 netns " + far_);
  int number = 0;
  for (const auto& name : {near_, far_}) {
    const std::string last = std::to_string(++number);
    shell("ip -n " + name + " link set lo up");
    shell("ip -n " + name + " address add 10.88.0." + last + "/24 dev eth0");
    shell("ip -n " + name + " address add fd88::" + last + "/64 dev eth0 nodad");
    shell("ip -n " + name + " link set eth0 up");
  }
}

Wire::~Wire() {
  for (const auto& name : {near_, far_}) succeeds("ip netns del " + name);
}

Target Wire::target() const { return {"near", near_, "", "here", {"10.88.0.1", "fd88::1"}}; }
Target Wire::other() const { return {"far", far_, "", "there", {"10.88.0.2", "fd88::2"}}; }

Descriptor listen_at(const std::string& netns, const std::string& address, int port) {
  Descriptor file = bound(netns, address, port, SOCK_STREAM);
  listen(file.get(), 16);
  return file;
}

Descriptor datagrams_at(const std::string& netns, const std::string& address, int port) { return bound(netns, address, port, SOCK_DGRAM); }

Descriptor datagrams_to(const std::string& netns, const std::string& address, int port) {
  const Place to = place(address, port);
  Descriptor file = socket_in(netns, to.family, SOCK_DGRAM);
  connect(file.get(), reinterpret_cast<const sockaddr*>(&to.bytes), to.size);
  return file;
}

Connection connect_from(const std::string& netns, const std::string& address, int port, double patience) {
  const Place to = place(address, port);
  Connection out{socket_in(netns, to.family, SOCK_STREAM | SOCK_NONBLOCK), 0};
  if (connect(out.file.get(), reinterpret_cast<const sockaddr*>(&to.bytes), to.size) == 0) return out;
  if (errno != EINPROGRESS) {
    out.error = errno;
    return out;
  }
  socklen_t size = sizeof out.error;
  if (!ready(out.file, POLLOUT, patience)) out.error = ETIMEDOUT;
  else getsockopt(out.file.get(), SOL_SOCKET, SO_ERROR, &out.error, &size);
  return out;
}

Descriptor accept_one(const Descriptor& listener) {
  return Descriptor(ready(listener, POLLIN, 5) ? accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1);
}

int bytes_within(const Descriptor& file, double seconds) {
  char buffer[65536];
  if (!ready(file, POLLIN, seconds)) return -EAGAIN;
  const auto got = recv(file.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  return got < 0 ? -errno : static_cast<int>(got);
}

int send_some(const Descriptor& file) { return send(file.get(), "data", 4, MSG_DONTWAIT | MSG_NOSIGNAL) == 4 ? 0 : errno; }

Bystander::Bystander(const std::string& netns, const std::string& name, bool with_child) {
  const std::string file = (std::filesystem::temp_directory_path() / (name + ".pids")).string();
  const std::string sleep = "exec -a " + name + " sleep 300";
  // The shell that ends at once leaves it to init; the child is known by another name.
  const std::string body = with_child ? "(exec -a " + name + "-child sleep 300) & echo $! > " + file + ".child; " + sleep : sleep;
  const std::string script = "setsid bash -c 'echo $$ > " + file + "; " + body + "' < /dev/null > /dev/null 2>&1 &";
  shell((netns.empty() ? "" : "ip netns exec " + netns + " ") + "bash -c \"" + [&] {
    std::string quoted;
    for (const char c : script) quoted += (c == '$' || c == '"' ? std::string("\\") : std::string()) + c;
    return quoted;
  }() + "\"");
  for (int i = 0; i < 300 && (pid_ == 0 || (with_child && child_ == 0)); ++i) {
    usleep(10'000);
    if (FILE* in = fopen(file.c_str(), "r")) {
      if (fscanf(in, "%d", &pid_) != 1) pid_ = 0;
      fclose(in);
    }
    if (FILE* in = with_child ? fopen((file + ".child").c_str(), "r") : nullptr) {
      if (fscanf(in, "%d", &child_) != 1) child_ = 0;
      fclose(in);
    }
  }
  for (int i = 0; i < 300; ++i) {  // until it is called what it is to be called
    if (succeeds("grep -q '^" + name + "' /proc/" + std::to_string(pid_) + "/cmdline")) break;
    usleep(10'000);
  }
  unlink(file.c_str());
  unlink((file + ".child").c_str());
  if (pid_ <= 0) ADD_FAILURE() << "no bystander";
}

Bystander::~Bystander() {
  for (const pid_t pid : {pid_, child_})
    if (pid > 0) kill(pid, SIGKILL);
}

}  // namespace muster::scratch
