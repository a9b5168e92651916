#include "exercise/control_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "exercise/refused.h"

namespace muster {
namespace {
namespace fs = std::filesystem;

/// A door whose folder's name is longer than a socket's path may be.
class Door : public testing::Test {
 protected:
  Door() {
    root_ = fs::temp_directory_path() / "muster-door-XXXXXX";
    if (!mkdtemp(root_.data())) throw std::runtime_error("no folder");
    folder = root_ + "/" + std::string(150, 'x');
    fs::create_directories(folder);
    door = std::make_unique<ControlSocket>(io, folder, [this](const Order& order) {
      orders.push_back(order);
      return order.step == "unknown" ? "no such step" : "";
    });
    loop = std::thread([this] { io.run(); });
  }
  ~Door() override {
    io.stop();
    loop.join();
    door.reset();
    fs::remove_all(root_);
  }
  /// What the door says to raw bytes; "" when it closes without a word.
  std::string says(const std::string& bytes) {
    const int file = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    fs::current_path(folder);
    std::strcpy(address.sun_path, "control.sock");
    EXPECT_EQ(connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    fs::current_path("/");
    const timeval patience{5, 0};
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    send(file, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    std::string reply(1000, '\0');
    const ssize_t got = recv(file, reply.data(), reply.size(), 0);
    reply.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    EXPECT_TRUE(got >= 0 || errno == ECONNRESET) << "neither a word nor an end within 5 s";
    close(file);
    return reply;
  }
  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
  std::string folder;
  std::vector<Order> orders;
  std::unique_ptr<ControlSocket> door;
  std::thread loop;

 private:
  std::string root_;
};

TEST_F(Door, TakesOrdersWithAllTheirWords) {
  EXPECT_EQ(give_order(folder, {Order::Kind::acknowledge, "a step", "me", "", "a “note”\n", false}), "");
  EXPECT_EQ(give_order(folder, {Order::Kind::abort, "", "me", "enough", "", true}), "");
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[0].step + orders[0].by + orders[0].note, "a stepmea “note”\n");
  EXPECT_FALSE(orders[0].yes);
  EXPECT_EQ(orders[1].kind, Order::Kind::abort);
  EXPECT_EQ(orders[1].why, "enough");
}

TEST_F(Door, SaysWhyAnOrderIsNotTaken) {
  EXPECT_EQ(give_order(folder, {Order::Kind::acknowledge, "unknown", "", "", "", true}), "no such step");
}

TEST_F(Door, IsForItsUserAlone) {
  struct stat there {};
  ASSERT_EQ(stat((folder + "/control.sock").c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777, 0600u);
}

TEST_F(Door, SurvivesWhatIsNoOrder) {
  for (const char* nonsense : {"\n", "{}\n", "[1,2]\n", "{\"order\": 5}\n", "{\"order\": \"dance\"}\n",
                               "{\"order\": \"ack\", \"step\": 7}\n", "\xff\xfe\n"})
    EXPECT_EQ(says(nonsense), "{\"ok\":false,\"why\":\"not an order\"}\n") << nonsense;
  EXPECT_EQ(says(std::string(200000, 'x')), "");  // longer than a line may be
  EXPECT_EQ(says("{\"order\": \"hello\"}\n"), "{\"ok\":true}\n");
  EXPECT_TRUE(orders.empty());
}

TEST_F(Door, IsClosedWhenNobodyListens) {
  EXPECT_TRUE(listens(folder));
  EXPECT_FALSE(listens(folder + "/elsewhere"));
  EXPECT_THROW(give_order("/tmp", {}), Refused);
}

}  // namespace
}  // namespace muster
