#include "agent/app/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

// A datagram socket in the abstract name space; gives the name as systemd writes it.
int Listen(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  return fd;
}

TEST(ServiceManagerTest, ToldWhoAsked) {
  const std::string name = "idlewarden-test-" + std::to_string(getpid());
  const int fd = Listen(name);
  setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  NotifyServiceManager("READY=1");
  char text[100];
  const ssize_t length = recv(fd, text, sizeof(text), MSG_DONTWAIT);
  ASSERT_GT(length, 0);
  EXPECT_EQ(std::string(text, static_cast<size_t>(length)), "READY=1");
  unsetenv("NOTIFY_SOCKET");
  NotifyServiceManager("READY=1");
  EXPECT_EQ(recv(fd, text, sizeof(text), MSG_DONTWAIT), -1);
  close(fd);
}

TEST(ServiceManagerTest, NobodyThereIsNoErrorAndLeaksNothing) {
  const int before = dup(0);
  close(before);
  setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
  NotifyServiceManager("READY=1");
  setenv("NOTIFY_SOCKET", std::string(500, 'x').c_str(), 1);
  NotifyServiceManager("READY=1");
  unsetenv("NOTIFY_SOCKET");
  const int after = dup(0);
  close(after);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace idlewarden::agent
