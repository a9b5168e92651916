#include "tests/exercise/database.h"

#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace muster::scratch {
namespace {

const std::string programs = "/usr/lib/postgresql/15/bin/";

/// PostgreSQL refuses to run as root.
std::vector<std::string> as_nobody_special(std::vector<std::string> argv) {
  if (geteuid() != 0) return argv;
  std::vector<std::string> out = {"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL"};
  out.insert(out.end(), argv.begin(), argv.end());
  return out;
}

std::string line_of(const std::vector<std::string>& argv) {
  std::string out;
  for (const auto& word : argv) {
    out += " '";
    for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
    out += "'";
  }
  return out;
}

std::string output_of(const std::string& line) {
  FILE* pipe = popen(line.c_str(), "r");
  std::string out;
  char buffer[4096];
  while (const std::size_t n = fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + line);
  return out;
}

}  // namespace

std::string Database::missing() {
  if (access((programs + "postgres").c_str(), X_OK) != 0) return "PostgreSQL 15 is not installed";
  if (geteuid() == 0 && getpwnam("postgres") == nullptr) return "there is no user postgres";
  return "";
}

Database::Database(const std::string& settings) : port_(free_port()) {
  const std::string folder = folder_.path().string();
  if (geteuid() == 0) {
    const passwd* user = getpwnam("postgres");
    if (chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown");
  }
  chmod(folder.c_str(), 0755);
  output_of(line_of(as_nobody_special({programs + "initdb", "-D", folder + "/data", "-U", "tester", "-A", "trust", "-N", "--no-locale", "-E", "UTF8"})) +
            " 2>&1");
  std::ofstream(folder + "/data/postgresql.conf", std::ios::app)
      << "listen_addresses = '127.0.0.1'\nport = " << port_ << "\nunix_socket_directories = '" << folder
      << "'\nmax_connections = 20\nlogging_collector = off\nlog_destination = stderr\n"
      << settings << "\n";
  start();
}

Database::~Database() {
  if (server_) kill_all();
}

std::string Database::dsn(const std::string& more) const {
  return "host=127.0.0.1 port=" + std::to_string(port_) + " user=tester dbname=postgres " + more;
}

std::vector<std::string> Database::psql(const std::string& sql) const {
  return {"psql", "-X", "-A", "-t", "-q", "-h", folder_.path().string(), "-p", std::to_string(port_),
          "-U",   "tester", "-d", "postgres", "-c", sql};
}

std::string Database::ask(const std::string& sql) const { return output_of(line_of(psql(sql))); }

void Database::start() {
  server_.reset();
  server_ = std::make_unique<Server>(as_nobody_special(
      {"/bin/sh", "-c", "exec " + programs + "postgres -D " + folder_.file("data") + " 2>> " + folder_.file("log")}));
  const std::string ready = programs + "pg_isready -q -h " + folder_.path().string() + " -p " + std::to_string(port_);
  if (!eventually(30, [&] { return std::system(ready.c_str()) == 0; })) throw std::runtime_error("PostgreSQL does not start");
}

std::vector<pid_t> Database::processes(const std::string& title) const {
  std::vector<pid_t> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    std::ifstream status(entry.path() / "stat");
    std::string text;
    std::getline(status, text);
    const auto end = text.rfind(") ");
    if (end == std::string::npos) continue;
    const bool child = std::atoi(text.c_str() + end + 4) == server_->pid();
    std::ifstream line(entry.path() / "cmdline");
    std::string command;
    std::getline(line, command, '\0');
    if ((child || pid == server_->pid()) && command.find(title) != std::string::npos) out.push_back(pid);
  }
  return out;
}

void Database::signal(int number, const std::string& title) const {
  for (const pid_t pid : processes(title)) ::kill(pid, number);
}

void Database::kill_all() const {
  // The first goes first: it must not see the others die and tidy up.
  const auto all = processes("");
  server_->kill();
  for (const pid_t pid : all) ::kill(pid, SIGKILL);
  eventually(5, [&] {
    for (const pid_t pid : all)
      if (lives(pid)) return false;
    return true;
  });
}

}  // namespace muster::scratch
