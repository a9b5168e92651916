#include "tests/app/muster_run.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace muster::end_to_end {
namespace {

using Output = Surroundings::Output;

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == 0) read = ends[0], write = ends[1];
  }
};

[[noreturn]] void become_muster(const std::vector<std::string>& words, const Surroundings& s) {
  for (const std::string& variable : s.environment) ::putenv(const_cast<char*>(variable.c_str()));
  if (s.most_file_bytes >= 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{static_cast<rlim_t>(s.most_file_bytes), static_cast<rlim_t>(s.most_file_bytes)};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  std::vector<char*> arguments{const_cast<char*>(MUSTER_BINARY)};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(MUSTER_BINARY, arguments.data());
  ::_exit(127);
}

void redirect(const Surroundings& s, const Pipe& out, const Pipe& err) {
  ::dup2(err.write, STDERR_FILENO);
  if (s.output == Output::closed) {
    ::close(STDOUT_FILENO);
  } else if (s.output == Output::full) {
    ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO);
  } else {
    ::dup2(out.write, STDOUT_FILENO);
  }
}

// Reads both until they end; a terminal ends with an error.
void gather(int out, int err, Ran& ran) {
  pollfd polled[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  std::string* texts[2] = {&ran.out, &ran.err};
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    if (::poll(polled, 2, 120'000) <= 0) break;
    for (int i = 0; i < 2; ++i) {
      if (polled[i].fd < 0 || !(polled[i].revents & (POLLIN | POLLHUP | POLLERR))) continue;
      char bytes[4096];
      const ssize_t got = ::read(polled[i].fd, bytes, sizeof bytes);
      if (got > 0)
        texts[i]->append(bytes, static_cast<std::size_t>(got));
      else
        polled[i].fd = -1;
    }
  }
}

void signal_when_ready(pid_t child, const Surroundings& s) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (s.ready && !s.ready() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  ::kill(child, s.signal);
}

}  // namespace

Ran muster(const std::vector<std::string>& words, const Surroundings& s) {
  Pipe out, err;
  Ran ran;
  int terminal = -1;
  const pid_t child =
      s.output == Output::terminal ? ::forkpty(&terminal, nullptr, nullptr, nullptr) : ::fork();
  if (child == 0) {
    if (s.output == Output::broken_pipe) ::close(out.read);
    if (s.output != Output::terminal) redirect(s, out, err);
    become_muster(words, s);
  }
  ::close(out.write);
  ::close(err.write);
  if (s.output == Output::broken_pipe) {
    ::close(out.read);
    out.read = -1;
  }
  std::thread killer;
  if (s.signal != 0) killer = std::thread([&] { signal_when_ready(child, s); });
  gather(s.output == Output::terminal ? terminal : out.read, s.output == Output::terminal ? -1 : err.read,
         ran);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (killer.joinable()) killer.join();
  for (int descriptor : {out.read, err.read, terminal})
    if (descriptor >= 0) ::close(descriptor);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

std::string scenario(const std::string& name) {
  return (std::filesystem::path(MUSTER_SOURCE) / "scenarios" / name).string();
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "muster-test-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}
Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
std::vector<std::string> Folder::files() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_))
    names.push_back(entry.path().filename().string());
  return names;
}

std::vector<std::string> joined(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace muster::end_to_end
