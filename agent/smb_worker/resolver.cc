// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/resolver.h"

#include <netdb.h>

#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/smb_worker/smb_error.h"

namespace idlewarden::smb {
namespace {

absl::StatusOr<std::vector<SocketAddress>> LookUp(const std::string& host, uint16_t port, int flags) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error != 0) {
    return SmbError({Cause::kNameResolution, 0, 0}, absl::StrCat("resolving ", host, ": ", gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    address.size = info->ai_addrlen;
    address.text = NumericAddress(info->ai_addr, info->ai_addrlen);
    addresses.push_back(std::move(address));
  }
  if (addresses.empty()) return SmbError({Cause::kNameResolution, 0, 0}, absl::StrCat(host, " has no address"));
  return addresses;
}

}  // namespace

std::string NumericAddress(const sockaddr* address, socklen_t size) {
  char text[NI_MAXHOST] = "";
  if (getnameinfo(address, size, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) != 0) return "";
  constexpr absl::string_view kMapped = "::ffff:";
  const absl::string_view view(text);
  const bool mapped = address->sa_family == AF_INET6 && view.substr(0, kMapped.size()) == kMapped &&
                      view.find('.') != absl::string_view::npos;
  return std::string(mapped ? view.substr(kMapped.size()) : view);
}

// Outlives the Resolver while threads run.
struct Resolver::Shared {
  struct Job {
    std::string host;
    uint16_t port;
    Done done;
  };

  explicit Shared(Loop* event_loop) : loop(event_loop) {}

  static void Work(const std::shared_ptr<Shared>& shared) {
    std::unique_lock<std::mutex> lock(shared->mutex);
    while (!shared->jobs.empty()) {
      Job job = std::move(shared->jobs.front());
      shared->jobs.pop_front();
      lock.unlock();
      auto addresses = LookUp(job.host, job.port, AI_ADDRCONFIG);
      shared->loop->Post([done = std::move(job.done), addresses = std::move(addresses)] { done(addresses); });
      lock.lock();
    }
    --shared->threads;
  }

  Loop* const loop;
  std::mutex mutex;
  std::deque<Job> jobs;  // guarded by mutex
  int threads = 0;       // guarded by mutex
};

Resolver::Resolver(Loop* loop) : shared_(std::make_shared<Shared>(loop)) {}

void Resolver::Resolve(const std::string& host, uint16_t port, Done done) {
  absl::StatusOr<std::vector<SocketAddress>> numeric = LookUp(host, port, AI_NUMERICHOST);
  if (numeric.ok()) {
    shared_->loop->Post([done = std::move(done), addresses = *std::move(numeric)] { done(addresses); });
    return;
  }
  std::lock_guard<std::mutex> lock(shared_->mutex);
  shared_->jobs.push_back({host, port, std::move(done)});
  if (shared_->threads >= kMostThreads) return;
  ++shared_->threads;
  std::thread(&Shared::Work, shared_).detach();
}

}  // namespace idlewarden::smb
