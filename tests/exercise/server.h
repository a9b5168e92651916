#pragma once
#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace muster::scratch {

/// A program that a test started; killed with it. Its standard output is read, its error is the test's.
class Server {
 public:
  explicit Server(const std::vector<std::string>& argv);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  pid_t pid() const { return pid_; }
  std::string line(double seconds = 20);  ///< the next one of its output; "" when none comes in time
  void signal(int number) const;
  void kill();                            ///< SIGKILL, and until it is gone

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string read_;
};

int free_port();                          ///< of 127.0.0.1, TCP and UDP, a moment ago
bool eventually(double seconds, const std::function<bool()>& what);
/// Whether the process is there and no zombie.
bool lives(pid_t pid);


/// Whether MUSTER_TEST_REQUIRE (words with commas between) has the word: then a test may not be skipped for want of it.
bool required(const std::string& word);

}  // namespace muster::scratch

/// Skips the test with the reason, where there is one; fails it where it is required.
#define NEED(word, missing)                                                        \
  if (const std::string why = (missing); !why.empty()) {                           \
    if (muster::scratch::required(word)) FAIL() << why << ", and " word " is required"; \
    GTEST_SKIP() << why;                                                           \
  }
