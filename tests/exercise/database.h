#pragma once
#include <memory>
#include <string>
#include <vector>

#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"

namespace muster::scratch {

/// A PostgreSQL of the test's own, in a folder that vanishes with it; on 127.0.0.1 and a socket in its folder.
class Database {
 public:
  explicit Database(const std::string& settings = "");  ///< lines of postgresql.conf
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  static std::string missing();                ///< why there can be none here; "" for nothing
  std::string dsn(const std::string& more = "") const;
  int port() const { return port_; }
  std::string ask(const std::string& sql) const;  ///< by psql, so independent of what is tested; lines without decoration
  std::vector<std::string> psql(const std::string& sql) const;  ///< the command that asks
  void start();                                ///< waits until it answers
  void kill_all() const;                       ///< SIGKILL to each of its processes
  void signal(int number, const std::string& title = "") const;  ///< to all, or those whose title has that in it

 private:
  std::vector<pid_t> processes(const std::string& title) const;
  Folder folder_;
  int port_;
  std::unique_ptr<Server> server_;
};

}  // namespace muster::scratch
