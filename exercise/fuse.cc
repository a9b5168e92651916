#include "exercise/fuse.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "exercise/apart.h"
#include "exercise/clock.h"
#include "exercise/guarded_process.h"
#include "exercise/keeper.h"
#include "exercise/keeper_loop.h"
#include "exercise/pidfd.h"

namespace muster {
namespace {

constexpr double kStart = 3;                        // seconds until it watches
constexpr double kMargin = 10;                      // seconds past the effect's end: the keeper comes first
constexpr double kPatience = 120;                   // seconds of trying
constexpr double kLongest = 7 * 24 * 3600;          // of an effect without an end

const ListedEffect* find(const UndoList& list, int number) {
  for (const ListedEffect& each : list.effects())
    if (each.effect.number == number) return &each;
  return nullptr;
}

std::int64_t deadline_of(const UndoList& list, const ListedEffect& listed) {
  const double fence = listed.fence ? std::min(listed.fence->timeout, 3600.0) : 0;
  const auto end = list.deadline(listed).value_or(listed.at.boot + static_cast<std::int64_t>(kLongest * 1e9));
  return end + static_cast<std::int64_t>((kMargin + fence) * 1e9);
}

// Until it is due (true) or somebody has undone it (false).
bool wait_until_due(UndoList& list, int number, std::int64_t deadline) {
  for (;;) {
    list.refresh();
    const ListedEffect* listed = find(list, number);
    if (!listed || listed->state == EffectState::undone) return false;
    const bool alone = state_of(list.keeper()) == 0 && state_of(list.head().runner) == 0;
    if (alone || system_clock().now().boot >= deadline) return true;
    const Descriptor keeper(open_pidfd(list.keeper().pid)), runner(open_pidfd(list.head().runner.pid));
    pollfd ends[2] = {{keeper.get(), POLLIN, 0}, {runner.get(), POLLIN, 0}};
    if (state_of(list.keeper()) == 0) ends[0].fd = -1;
    if (state_of(list.head().runner) == 0) ends[1].fd = -1;
    ::poll(ends, 2, 1000);
  }
}

}  // namespace

int fuse_main(const std::vector<std::string>& arguments) try {
  if (arguments.size() != 3) return 64;
  guard_this_process();
  UndoList list = UndoList::open(arguments[0]);
  const int number = std::atoi(arguments[1].c_str()), ready = std::atoi(arguments[2].c_str());
  const ListedEffect* listed = find(list, number);
  if (!listed) return 64;
  const std::int64_t deadline = deadline_of(list, *listed);
  if (::write(ready, "+", 1) != 1) return 1;
  ::close(ready);
  if (!wait_until_due(list, number, deadline)) return 0;
  const std::string why = system_clock().now().boot >= deadline ? "its time is over, and nobody had undone it" : "runner and keeper died";
  const auto remains = restore_all(list, "fuse", why, kPatience,
                                   [&](const FaultChanged& change) { keep_happening(list.folder(), {system_clock().now(), change}); }, number);
  return remains.empty() ? 0 : 1;
} catch (const std::exception&) {  // nobody listens
  return 1;
}

pid_t start_fuse(const UndoList& list, int number) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  const Descriptor out(ends[0]);
  Descriptor in(ends[1]);
  const pid_t pid = start_self({"fuse", list.folder(), std::to_string(number), std::to_string(in.get())}, {in.get()});
  in.close();
  char said = 0;
  pollfd wait{out.get(), POLLIN, 0};
  const bool heard = ::poll(&wait, 1, static_cast<int>(kStart * 1000)) == 1 && ::read(out.get(), &said, 1) == 1;
  if (heard) return pid;
  end_process(pid, 0);
  throw std::runtime_error("its fuse, which would undo it should all else die, did not start");
}

void stop_fuse(pid_t fuse) { end_process(fuse, 0); }

}  // namespace muster
