#include "agent/names/testing/scripted_dns_server.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "agent/names/testing/dns_message.h"

namespace idlewarden::agent {

ScriptedDnsServer::ScriptedDnsServer(Script script) : script_(std::move(script)) {
  socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  if (bind(socket_, reinterpret_cast<sockaddr*>(&name), size) != 0 ||
      getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size) != 0 || pipe2(stop_, O_CLOEXEC) != 0) {
    abort();
  }
  port_ = ntohs(name.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

ScriptedDnsServer::~ScriptedDnsServer() {
  close(stop_[1]);
  thread_.join();
  close(stop_[0]);
  close(socket_);
}

std::string ScriptedDnsServer::address() const { return absl::StrCat("127.0.0.1:", port_); }

void ScriptedDnsServer::Hold() {
  std::lock_guard<std::mutex> lock(mutex_);
  is_holding_ = true;
}

void ScriptedDnsServer::Release() {
  std::lock_guard<std::mutex> lock(mutex_);
  is_holding_ = false;
  for (const auto& [to, message] : std::exchange(held_, {})) Send(to, message);
}

std::vector<DnsQuestion> ScriptedDnsServer::questions() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return questions_;
}

void ScriptedDnsServer::Serve() {
  pollfd polled[] = {{socket_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
  while (poll(polled, 2, -1) > 0 && polled[1].revents == 0) {
    char buffer[1500];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t count = recvfrom(socket_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (count < 12) continue;
    const DnsQuestion question = DecodeQuestion({buffer, static_cast<size_t>(count)});
    std::optional<std::string> message = script_(question);
    if (message.has_value()) message->replace(0, 2, buffer, 2);
    std::lock_guard<std::mutex> lock(mutex_);
    questions_.push_back(question);
    if (!message.has_value()) continue;
    if (is_holding_) {
      held_.emplace_back(from, *message);
    } else {
      Send(from, *message);
    }
  }
}

void ScriptedDnsServer::Send(const sockaddr_in& to, const std::string& message) const {
  sendto(socket_, message.data(), message.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

}  // namespace idlewarden::agent
