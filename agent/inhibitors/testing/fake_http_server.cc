#include "agent/inhibitors/testing/fake_http_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace idlewarden::agent {

FakeHttpServer::FakeHttpServer(bool listens) : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  if (listens) listen(listener_, 16);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  if (pipe(stop_) != 0) stop_[0] = stop_[1] = -1;
  if (listens) thread_ = std::thread([this] { Serve(); });
}

FakeHttpServer::~FakeHttpServer() {
  close(stop_[1]);
  if (thread_.joinable()) thread_.join();
  close(stop_[0]);
  close(listener_);
}

std::string FakeHttpServer::url() const { return absl::StrCat("http://127.0.0.1:", port_); }

void FakeHttpServer::Answer(std::string bytes) {
  std::lock_guard<std::mutex> lock(mutex_);
  answer_ = std::move(bytes);
}

void FakeHttpServer::Answer(int status, absl::string_view body) {
  Answer(
      absl::StrCat("HTTP/1.1 ", status, " X\r\nContent-Length: ", body.size(), "\r\nConnection: close\r\n\r\n", body));
}

std::vector<std::string> FakeHttpServer::requests() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return requests_;
}

void FakeHttpServer::Serve() {
  std::vector<int> open;
  while (true) {
    pollfd events[2] = {{listener_, POLLIN, 0}, {stop_[0], POLLIN | POLLHUP, 0}};
    poll(events, 2, -1);
    if (events[1].revents != 0) break;
    const int connection = accept(listener_, nullptr, nullptr);
    char buffer[8192];
    const ssize_t size = recv(connection, buffer, sizeof(buffer), 0);
    const std::string request(buffer, size < 0 ? 0 : static_cast<size_t>(size));
    std::lock_guard<std::mutex> lock(mutex_);
    requests_.push_back(request.substr(0, request.find("\r\n")));
    if (answer_.empty()) {
      open.push_back(connection);
      continue;
    }
    send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    close(connection);
  }
  for (const int connection : open) close(connection);
}

}  // namespace idlewarden::agent
