// SPDX-License-Identifier: GPL-3.0-or-later
//
// Resolver, TcpProbe and SocketRegistry against sockets of this machine.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "agent/smb_worker/resolver.h"
#include "agent/smb_worker/smb_error.h"
#include "agent/smb_worker/socket_registry.h"
#include "agent/smb_worker/tcp_probe.h"
#include "agent/smb_worker/tevent_loop.h"
#include "gtest/gtest.h"

namespace idlewarden::smb {
namespace {

// A port of `address` that is this test's alone: a free one, or the one that is asked for.
class Port {
 public:
  explicit Port(const char* address, uint16_t port = 0) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in in = {};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    inet_pton(AF_INET, address, &in.sin_addr);
    bound_ = bind(fd_, reinterpret_cast<sockaddr*>(&in), sizeof(in)) == 0;
    socklen_t size = sizeof(in);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&in), &size);
    port_ = ntohs(in.sin_port);
  }
  ~Port() { close(fd_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // From now on connects succeed; nobody accepts. Before they are refused.
  void Listen() { listen(fd_, 4); }
  // False if another process has the port.
  bool bound() const { return bound_; }
  uint16_t port() const { return port_; }

 private:
  int fd_;
  bool bound_ = false;
  uint16_t port_ = 0;
};

class Listener : public Port {
 public:
  explicit Listener(const char* address) : Port(address) { Listen(); }
};

class ConnectTest : public testing::Test {
 protected:
  absl::StatusOr<std::vector<SocketAddress>> Resolve(const std::string& host, uint16_t port) {
    std::promise<absl::StatusOr<std::vector<SocketAddress>>> done;
    loop_.Post([&] {
      resolver_.Resolve(host, port, alive_,
                        [&](absl::StatusOr<std::vector<SocketAddress>> got) { done.set_value(got); });
    });
    return done.get_future().get();
  }

  absl::StatusOr<SocketAddress> Probe(std::vector<SocketAddress> addresses) {
    std::promise<absl::StatusOr<SocketAddress>> done;
    std::unique_ptr<TcpProbe> probe;
    loop_.Post([&] {
      probe = std::make_unique<TcpProbe>(&loop_, &sockets_, std::move(addresses), [&](auto got) {
        probe.reset();
        done.set_value(std::move(got));
      });
    });
    return done.get_future().get();
  }

  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  TeventLoop loop_;
  SocketRegistry sockets_;
  Resolver resolver_{&loop_};
};

TEST_F(ConnectTest, NumericAddressesResolveToThemselves) {
  EXPECT_EQ(Resolve("127.0.0.9", 445)->at(0).text, "127.0.0.9");
  EXPECT_EQ(Resolve("::1", 445)->at(0).text, "::1");
}

TEST_F(ConnectTest, NamesAreResolved) {
  const auto addresses = Resolve("localhost", 445);
  ASSERT_TRUE(addresses.ok()) << addresses.status();
  EXPECT_TRUE(addresses->at(0).text == "127.0.0.1" || addresses->at(0).text == "::1");
}

TEST_F(ConnectTest, AnUnknownNameHasItsOwnCause) {
  EXPECT_TRUE(IsCause(Resolve("not..a-name", 445).status(), Cause::kNameResolution));
}

// A name server that answers nobody until the test says so.
class DeadNameServer {
 public:
  Resolver::LookUp LookUp() {
    return [this](const std::string& host, uint16_t) -> absl::StatusOr<std::vector<SocketAddress>> {
      std::unique_lock<std::mutex> lock(mutex_);
      ++asked_[host];
      changed_.notify_all();
      changed_.wait(lock, [this] { return answers_; });
      return std::vector<SocketAddress>(1);
    };
  }

  void AwaitAsked(size_t hosts) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return asked_.size() >= hosts; });
  }
  void Answer() {
    std::lock_guard<std::mutex> lock(mutex_);
    answers_ = true;
    changed_.notify_all();
  }
  int asked(const std::string& host) {
    std::lock_guard<std::mutex> lock(mutex_);
    return asked_.count(host) ? asked_[host] : 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool answers_ = false;
  std::map<std::string, int> asked_;
};

TEST_F(ConnectTest, ADeadNameServerIsAskedOnceForANameAndNotForThoseWhoHaveGone) {
  DeadNameServer names;
  Resolver resolver(&loop_, names.LookUp());
  constexpr int kAnswers = 3 * Resolver::kMostThreads + 1;
  int answers = 0;
  std::promise<void> all;
  const auto ask = [&](const std::string& host, std::weak_ptr<const void> alive) {
    loop_.Post([&, host, alive] {
      resolver.Resolve(host, 445, alive, [&](const auto&) {
        if (++answers == kAnswers) all.set_value();
      });
    });
  };
  for (int i = 0; i < Resolver::kMostThreads; ++i) {
    for (int n = 0; n < 3; ++n) ask("host" + std::to_string(i), alive_);
  }
  auto gone = std::make_shared<bool>(true);
  for (int n = 0; n < 3; ++n) ask("gone", gone);
  ask("host0", gone);
  ask("last", alive_);
  names.AwaitAsked(Resolver::kMostThreads);
  loop_.Post([&gone] { gone.reset(); });  // behind all that was asked
  loop_.Post([&names] { names.Answer(); });
  all.get_future().get();
  EXPECT_EQ(names.asked("gone"), 0);
  EXPECT_EQ(names.asked("host0"), 1);
  EXPECT_EQ(names.asked("last"), 1);
}

TEST_F(ConnectTest, AListeningPortIsFound) {
  const Listener listener("127.0.0.1");
  const auto found = Probe(*Resolve("127.0.0.1", listener.port()));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->text, "127.0.0.1");
}

TEST_F(ConnectTest, AClosedPortIsRefused) {
  const Port closed("127.0.0.1");
  ASSERT_TRUE(closed.bound());
  EXPECT_TRUE(IsCause(Probe(*Resolve("127.0.0.1", closed.port())).status(), Cause::kRefused));
}

TEST_F(ConnectTest, TheAddressThatAnswersIsChosen) {
  std::unique_ptr<Listener> open;
  std::unique_ptr<Port> closed;
  do {  // until nobody has the port of the one at the other address
    open = std::make_unique<Listener>("127.0.0.2");
    closed = std::make_unique<Port>("127.0.0.1", open->port());
  } while (!closed->bound());
  std::vector<SocketAddress> addresses = *Resolve("127.0.0.1", closed->port());
  addresses.push_back(Resolve("127.0.0.2", open->port())->at(0));
  const auto found = Probe(addresses);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->text, "127.0.0.2");
}

TEST_F(ConnectTest, AnAddressWithoutRouteIsUnreachable) {
  std::vector<SocketAddress> addresses = *Resolve("255.255.255.255", 445);  // connect fails at once
  EXPECT_TRUE(IsCause(Probe(addresses).status(), Cause::kUnreachable));
}

TEST_F(ConnectTest, TheRegistryFindsASocketByItsPeerUnlessClaimed) {
  const Listener listener("127.0.0.1");
  const SocketAddress peer = Resolve("127.0.0.1", listener.port())->at(0);
  EXPECT_FALSE(sockets_.Find(peer).found());
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(connect(fd, peer.get(), peer.size), 0);
  const FoundSocket found = sockets_.Find(peer);
  EXPECT_EQ(found.fd, fd);
  EXPECT_EQ(found.local_address, "127.0.0.1");
  sockets_.Claim(fd);
  EXPECT_FALSE(sockets_.Find(peer).found());
  SocketRegistry::ShutDown(found);
  char byte;
  EXPECT_EQ(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
  close(fd);
}

TEST_F(ConnectTest, AReusedNumberIsNotShutDown) {
  const Listener listener("127.0.0.1");
  const SocketAddress peer = Resolve("127.0.0.1", listener.port())->at(0);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(connect(fd, peer.get(), peer.size), 0);
  const FoundSocket found = sockets_.Find(peer);
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  ASSERT_EQ(dup2(pair[0], fd), fd);  // the same number, another socket
  SocketRegistry::ShutDown(found);
  char byte;
  EXPECT_EQ(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
  for (int each : {fd, pair[0], pair[1]}) close(each);
}

}  // namespace
}  // namespace idlewarden::smb
