// The reference workload as events of ns-3's core, with the queue for engineers written by hand: it has none.
#include <cstdlib>
#include <deque>

#include <ns3/simulator.h>
#include "bench/peers/workload.h"

namespace {
using namespace workload;

struct Replication {
  Random& random;
  std::array<int, steps.size()> waits{};
  std::array<int, steps.size()> attempts{};
  std::deque<int> queue;
  int free = engineers;
  double end = 0;

  void begin() {
    for (std::size_t s = 0; s < steps.size(); ++s) waits[s] = static_cast<int>(steps[s].after.size());
    ready(0);
  }
  void ready(int s) {
    if (steps[s].engineer && free == 0) {
      queue.push_back(s);
      return;
    }
    free -= steps[s].engineer;
    attempt(s);
  }
  void attempt(int s) { ns3::Simulator::Schedule(ns3::Seconds(one_attempt(steps[s], random)), &Replication::ended, this, s); }
  void ended(int s) {
    if (fails_now(steps[s], random) && ++attempts[s] < steps[s].attempts) return attempt(s);
    end = ns3::Simulator::Now().GetSeconds();
    if (steps[s].engineer) {
      ++free;
      if (!queue.empty()) {
        const int next = queue.front();
        queue.pop_front();
        --free;
        attempt(next);
      }
    }
    for (int next = 0; next < static_cast<int>(steps.size()); ++next)
      for (int before : steps[next].after)
        if (before == s && --waits[next] == 0) ready(next);
  }
};
}  // namespace

int main(int, char** words) {
  Random random{std::random_device{}()};
  std::vector<double> times(std::strtoull(words[1], nullptr, 10));
  const double began = cpu_seconds();
  for (double& time : times) {
    Replication one{random};
    one.begin();
    ns3::Simulator::Run();
    time = one.end;
    ns3::Simulator::Destroy();
  }
  tell("ns-3's core", times, cpu_seconds() - began);
}
