#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "exercise/canary.h"
#include "exercise/clock.h"
#include "exercise/probing.h"
#include "tests/exercise/scratch.h"
#include "tests/exercise/server.h"

namespace muster {
namespace {
using scratch::Server;
using Verdict = Sample::Verdict;

/// A network namespace with nothing in it but loopback, and settings of its own for names.
class Namespace {
 public:
  Namespace() : name_("muster-place-" + std::to_string(getpid())) {
    run("ip netns add " + name_);
    run("ip -n " + name_ + " link set lo up");
    run("ip -n " + name_ + " address add 10.77.0.1/32 dev lo");
    run("ip -n " + name_ + " address add 10.77.0.2/32 dev lo");
    std::filesystem::create_directories("/etc/netns/" + name_);
    file("resolv.conf", "nameserver 10.77.0.1\n");
    file("hosts", "127.0.0.1 localhost\n");
  }
  ~Namespace() {
    std::filesystem::remove_all("/etc/netns/" + name_);
    run("ip netns del " + name_);
  }
  static std::string missing() {
    return geteuid() == 0 && std::system("ip netns list > /dev/null 2>&1") == 0 ? "" : "root and ip netns are needed";
  }
  const std::string& name() const { return name_; }
  void file(const std::string& of, const std::string& text) const { std::ofstream("/etc/netns/" + name_ + "/" + of) << text; }
  std::vector<std::string> inside(std::vector<std::string> argv) const {
    argv.insert(argv.begin(), {"ip", "netns", "exec", name_});
    return argv;
  }
  std::vector<std::string> resolver(const std::string& api) const {
    return inside({"/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--listen-address=10.77.0.1", "--bind-interfaces",
                   "--no-resolv", "--no-hosts", "--user=", "--pid-file=", "--host-record=api.lab," + api + ",0"});
  }

 private:
  static void run(const std::string& line) {
    if (std::system(line.c_str()) != 0) ADD_FAILURE() << line;
  }
  std::string name_;
};

struct Watch {
  Watch(const Namespace& place, const std::vector<Probe>& probes)
      : probing(io, probes, [&](const Where& where) { return where.netns.empty() ? "" : place.name(); },
                [this](const Probe& probe, const Sample& sample) { samples.emplace_back(probe.name, sample); }) {}
  Verdict last(const std::string& probe) const {
    for (auto it = samples.rbegin(); it != samples.rend(); ++it)
      if (it->first == probe) return it->second.verdict;
    return Verdict::unknown;
  }
  bool until(const std::string& probe, Verdict verdict) {
    return scratch::eventually(6, [&] {
      io.restart();
      io.run_for(std::chrono::milliseconds(50));
      return last(probe) == verdict;
    });
  }
  boost::asio::io_context io;
  std::vector<std::pair<std::string, Sample>> samples;
  Probing probing;
};

/// The same names mean different things here and there, and soon mean something else: each sample resolves them as a program that is
/// started there at that moment would.
TEST(Place, ResolvesNamesByItsOwnSettingsEachTimeAnew) {
  NEED("lab", Namespace::missing())
  const Namespace place;
  const Server web(place.inside({"/usr/bin/python3", "-m", "http.server", "--bind", "10.77.0.2", "8080"}));
  auto dns = std::make_unique<Server>(place.resolver("10.77.0.2"));
  Probe there, here, by_dns;
  there.name = "there";
  there.check = HttpProbe{"http://api.lab:8080/", "GET", {}, {200}, "", {}, {}};
  there.from.netns = "x";
  there.every = 0.1;
  there.timeout = 1;
  here = there;
  here.name = "here";
  here.from.netns = "";
  by_dns = there;
  by_dns.name = "dns";
  by_dns.check = DnsProbe{"api.lab", "A", "", {"10.77.0.1"}};
  Watch watch(place, {there, here, by_dns});
  EXPECT_TRUE(watch.until("there", Verdict::passing)) << watch.samples.back().second.what;
  EXPECT_EQ(watch.probing.pids().size(), 2u) << "a process each place";
  EXPECT_EQ(watch.last("dns"), Verdict::failing);
  EXPECT_EQ(watch.last("here"), Verdict::failing);
  dns.reset();
  dns = std::make_unique<Server>(place.resolver("10.77.0.1"));  // where nobody listens
  EXPECT_TRUE(watch.until("dns", Verdict::passing));
  EXPECT_TRUE(watch.until("there", Verdict::failing));
  place.file("hosts", "10.77.0.2 api.lab\n");
  EXPECT_TRUE(watch.until("there", Verdict::passing)) << "its own hosts come first";
  EXPECT_EQ(watch.last("here"), Verdict::failing);
}

TEST(Place, WritesAndReadsTheCanaryFromThere) {
  NEED("lab", Namespace::missing())
  const Namespace place;
  Server web(place.inside({"/usr/bin/python3", MUSTER_SOURCE "/tests/exercise/web_server.py"}));
  const std::string port = web.line();
  Canary canary;
  canary.kind = Canary::Kind::http;
  canary.writes = "http://127.0.0.1:" + port + "/write/{exercise}/{seq}";
  canary.reads = "http://127.0.0.1:" + port + "/numbers/{exercise}";
  canary.every = 0.1;
  scratch::Folder folder;
  CanaryWriter writer(canary, place.name(), "there", folder.path().string(), 5);
  usleep(400'000);
  writer.stop();
  EXPECT_GE(read_survivors(canary, place.name(), "there").size(), 3u);
  EXPECT_ANY_THROW(read_survivors(canary, "", "there"));
}

}  // namespace
}  // namespace muster
