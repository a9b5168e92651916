// The reference workload as a user of SimGrid writes it: an actor a step, engineers as a semaphore.
#include <simgrid/s4u.hpp>

#include "bench/peers/workload.h"

namespace {
using namespace workload;
namespace sg = simgrid::s4u;

void replicate(std::vector<double>& times, Random& random) {
  for (double& time : times) {
    const double began = sg::Engine::get_clock();
    std::vector<sg::SemaphorePtr> ended;
    std::array<int, steps.size()> followers{};
    for (const Step& s : steps)
      for (int before : s.after) ++followers[before];
    for (std::size_t s = 0; s < steps.size(); ++s) ended.push_back(sg::Semaphore::create(0));
    const sg::SemaphorePtr free = sg::Semaphore::create(engineers);
    std::vector<sg::ActorPtr> actors;
    for (std::size_t s = 0; s < steps.size(); ++s)
      actors.push_back(sg::Actor::create("step", sg::this_actor::get_host(), [&, s] {
        for (int before : steps[s].after) ended[before]->acquire();
        if (steps[s].engineer) free->acquire();
        for (int attempt = 0; attempt < steps[s].attempts; ++attempt) {
          sg::this_actor::sleep_for(one_attempt(steps[s], random));
          if (!fails_now(steps[s], random)) break;
        }
        if (steps[s].engineer) free->release();
        for (int i = 0; i < followers[s]; ++i) ended[s]->release();
      }));
    for (const sg::ActorPtr& actor : actors) actor->join();
    time = sg::Engine::get_clock() - began;
  }
}
}  // namespace

int main(int argc, char** words) {
  sg::Engine engine(&argc, words);
  Random random{std::random_device{}()};
  std::vector<double> times(std::strtoull(words[1], nullptr, 10));
  auto* zone = sg::create_full_zone("zone");
  auto* host = zone->create_host("host", 1e9);
  zone->seal();
  double seconds = 0;
  sg::Actor::create("all", host, [&] {
    const double began = cpu_seconds();
    replicate(times, random);
    seconds = cpu_seconds() - began;
  });
  engine.run();
  tell("SimGrid", times, seconds);
}
