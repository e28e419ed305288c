#include "agent/names/testing/dns_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"

extern char** environ;

namespace idlewarden::agent {

namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Free for UDP and TCP a moment ago.
int FreePort() {
  const int socket_fd = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  bind(socket_fd, reinterpret_cast<sockaddr*>(&address), size);
  getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(socket_fd);
  return ntohs(address.sin_port);
}

// Asks for a name that every server of this kind has: other queries may be left without an answer.
bool Answers(int port) {
  constexpr unsigned char kQuery[] = {0x12, 0x34, 1, 0,   0,   1,   0,   0,   0,   0,   0, 0, 5, 'r', 'e', 'a',
                                      'd',  'y',  7, 'i', 'n', 'v', 'a', 'l', 'i', 'd', 0, 0, 1, 0,   1};
  const int socket_fd = socket(AF_INET, SOCK_DGRAM, 0);
  const sockaddr_in address = Loopback(port);
  connect(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  bool answered = false;
  if (send(socket_fd, kQuery, sizeof(kQuery), 0) > 0) {
    pollfd waiting{socket_fd, POLLIN, 0};
    char answer[512];
    answered = poll(&waiting, 1, 100) == 1 && recv(socket_fd, answer, sizeof(answer), 0) > 0;
  }
  close(socket_fd);
  return answered;
}

}  // namespace

DnsServer::DnsServer(const std::vector<std::string>& options) : port_(FreePort()) {
  std::vector<std::string> arguments = {
      "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-poll",
      "--user=", "--group=", "--pid-file=", "--listen-address=127.0.0.1", "--bind-interfaces",
      "--log-facility=/dev/null",
      // Nobody else is asked for these: what is not there does not exist.
      "--local=/example/", "--host-record=ready.invalid,127.0.0.1", absl::StrCat("--port=", port_)};
  arguments.insert(arguments.end(), options.begin(), options.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  for (const char* program : {"/usr/sbin/dnsmasq", "/usr/bin/dnsmasq"}) {
    if (access(program, X_OK) == 0 && posix_spawn(&child_, program, nullptr, nullptr, argv.data(), environ) == 0) break;
  }
  // Each try waits for a tenth of a second at most.
  for (int tries = 0; child_ > 0 && tries < 300; ++tries) {
    if (Answers(port_)) return;
    if (waitpid(child_, nullptr, WNOHANG) == child_) child_ = -1;
    poll(nullptr, 0, 20);  // nobody listens yet, which is found out at once
  }
  std::fprintf(stderr, "dnsmasq does not start (package dnsmasq-base)\n");
  std::abort();
}

DnsServer::~DnsServer() {
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

std::string DnsServer::address() const { return absl::StrCat("127.0.0.1:", port_); }

}  // namespace idlewarden::agent
