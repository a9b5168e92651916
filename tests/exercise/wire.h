#pragma once
#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "exercise/apart.h"
#include "models/exercise.h"

/// Small networks of a test's own to break.
namespace muster::scratch {

/// Two network namespaces joined by a cable: near 10.88.0.1 and fd88::1, far 10.88.0.2 and fd88::2, device eth0 on both sides.
class Wire {
 public:
  Wire();
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  static std::string missing();  ///< what keeps this machine from having one
  const std::string& near() const { return near_; }
  const std::string& far() const { return far_; }
  Target target() const;         ///< near, with its addresses
  Target other() const;          ///< far

 private:
  std::string near_, far_;
};

std::string shell(const std::string& line);     ///< its output; fails the test when it fails
bool succeeds(const std::string& line);

/// Sockets live on in the namespace that they were made in.
Descriptor listen_at(const std::string& netns, const std::string& address, int port);
/// Connected, or an errno; ETIMEDOUT after so many seconds of silence.
struct Connection {
  Descriptor file;
  int error = 0;
};
Connection connect_from(const std::string& netns, const std::string& address, int port, double patience);
Descriptor datagrams_at(const std::string& netns, const std::string& address, int port);
Descriptor datagrams_to(const std::string& netns, const std::string& address, int port);
Descriptor accept_one(const Descriptor& listener);
/// Bytes that come within so many seconds; -errno on failure, 0 at the end, -EAGAIN when nothing comes.
int bytes_within(const Descriptor& file, double seconds);
int send_some(const Descriptor& file);          ///< 0 or errno

/// A process that is nobody's child, in a namespace, with a child of its own when asked for. Ended with it.
class Bystander {
 public:
  Bystander(const std::string& netns, const std::string& name, bool with_child = false);
  ~Bystander();
  Bystander(const Bystander&) = delete;
  Bystander& operator=(const Bystander&) = delete;
  pid_t pid() const { return pid_; }
  pid_t child() const { return child_; }

 private:
  pid_t pid_ = 0, child_ = 0;
};

}  // namespace muster::scratch
