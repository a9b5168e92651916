#include "exercise/faults/noted_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <sstream>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/faults/note.h"

namespace muster {
namespace {

std::string first_line(int descriptor) {
  std::string line;
  char c = 0;
  while (::read(descriptor, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

}  // namespace

void begin_noted(const Effect& effect, const NotedProcess& process, std::vector<int> keep, const std::function<void(int said)>& life) {
  int go[2], said[2];
  if (::pipe2(go, O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  const Descriptor go_out(go[0]), go_in(go[1]);
  if (::pipe2(said, O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  const Descriptor said_out(said[0]);
  Descriptor said_in(said[1]);
  keep.push_back(go_out.get());
  keep.push_back(said_in.get());
  const std::string it = std::string("the process that ") + process.does;
  const pid_t pid = fork_apart(keep, 0, [&] {
    char told = 0;
    if (::read(go_out.get(), &told, 1) != 1) return;  // nothing before it is on record
    ::close(go_out.get());
    ::prctl(PR_SET_NAME, process.name);
    ::memfd_create(effect_name(effect).c_str(), 0);  // open until the end
    life(said_in.get());
  });
  said_in.close();
  const auto who = identity_of(pid);
  if (!who) throw std::runtime_error(it + " ended at once");
  keep_note(effect, "process", boot_id() + " " + std::to_string(who->pid) + " " + std::to_string(who->start) + "\n");
  if (!write_all(go_in.get(), "+")) throw std::runtime_error(it + " ended at once");
  const std::string answer = first_line(said_out.get());
  if (!answer.starts_with("+")) throw std::runtime_error(answer.empty() ? it + " died" + process.died : answer.substr(1));
  keep_note(effect, "held", answer.substr(1));
}

std::vector<ProcessIdentity> noted_processes(const Effect& effect) {
  std::vector<ProcessIdentity> out;
  std::istringstream in(read_note(effect, "process"));
  std::string boot;
  in >> boot;
  for (ProcessIdentity one; boot == boot_id() && in >> one.pid >> one.start;) out.push_back(one);
  return out;
}

}  // namespace muster
