#include "tests/exercise/server.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace muster::scratch {
namespace {
using Clock = std::chrono::steady_clock;
double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }
}  // namespace

Server::Server(const std::vector<std::string>& argv) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], 1);
    for (int fd = 3; fd < 256; ++fd) close(fd);
    execvp(words[0], words.data());
    _exit(127);
  }
  close(ends[1]);
  out_ = ends[0];
}

Server::~Server() {
  kill();
  close(out_);
}

std::string Server::line(double seconds) {
  const auto begin = Clock::now();
  for (;;) {
    if (const auto end = read_.find('\n'); end != std::string::npos) {
      const std::string out = read_.substr(0, end);
      read_.erase(0, end + 1);
      return out;
    }
    pollfd wait{out_, POLLIN, 0};
    char buffer[1024];
    if (since(begin) > seconds || poll(&wait, 1, 50) < 0) return "";
    if (wait.revents == 0) continue;
    const ssize_t n = read(out_, buffer, sizeof buffer);
    if (n <= 0) return "";
    read_.append(buffer, static_cast<std::size_t>(n));
  }
}

void Server::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void Server::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int free_port() {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool free = bind(tcp, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                      getsockname(tcp, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                      bind(udp, reinterpret_cast<sockaddr*>(&address), size) == 0;
    close(tcp);
    close(udp);
    if (free) return ntohs(address.sin_port);
  }
  throw std::runtime_error("no free port");
}

bool eventually(double seconds, const std::function<bool()>& what) {
  for (const auto begin = Clock::now(); since(begin) < seconds; usleep(10'000))
    if (what()) return true;
  return what();
}

bool lives(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const auto at = text.rfind(") ");
  return at != std::string::npos && text[at + 2] != 'Z' && text[at + 2] != 'X';
}

bool required(const std::string& word) {
  const char* const words = std::getenv("MUSTER_TEST_REQUIRE");
  return words != nullptr && ("," + std::string(words) + ",").find("," + word + ",") != std::string::npos;
}

}  // namespace muster::scratch
