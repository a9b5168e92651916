#include "exercise/guarded_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exercise/apart.h"

namespace muster {

pid_t start_self(const std::vector<std::string>& arguments, const std::vector<int>& keep) {
  return fork_apart(keep, 0, [&] {
    for (const int descriptor : keep) ::fcntl(descriptor, F_SETFD, 0);
    std::vector<std::string> words{"muster"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(127);
  });
}

void guard_this_process() {
  for (const int number : {SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU}) ::signal(number, SIG_IGN);
  // On fault: to fault in all that a sanitizer or an allocator has reserved would take more than there is.
  ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
  const Descriptor score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (score.get() >= 0) write_all(score.get(), "-1000");
  if (::chdir("/") != 0) return;  // holds no mount
}

}  // namespace muster
