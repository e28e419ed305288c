// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/resolver.h"

#include <netdb.h>

#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/smb_worker/smb_error.h"

namespace idlewarden::smb {
namespace {

absl::StatusOr<std::vector<SocketAddress>> Ask(const std::string& host, uint16_t port, int flags) {
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
  using Key = std::pair<std::string, uint16_t>;
  struct Caller {
    std::weak_ptr<const void> alive;
    Done done;
  };

  Shared(Loop* event_loop, LookUp function) : loop(event_loop), look_up(std::move(function)) {}

  // The next look-up that somebody still waits for; those of callers that have gone are dropped.
  std::optional<Key> Next() {
    while (!queue.empty()) {
      Key key = std::move(queue.front());
      queue.pop_front();
      DropGone(callers[key]);
      if (!callers[key].empty()) return key;
      callers.erase(key);
    }
    return std::nullopt;
  }

  static void DropGone(std::vector<Caller>& list) {
    std::erase_if(list, [](const Caller& caller) { return caller.alive.expired(); });
  }

  static void Work(const std::shared_ptr<Shared>& shared) {
    std::unique_lock<std::mutex> lock(shared->mutex);
    while (std::optional<Key> key = shared->Next()) {
      lock.unlock();
      auto addresses = shared->look_up(key->first, key->second);
      lock.lock();
      std::vector<Caller> callers = std::move(shared->callers.extract(*key).mapped());
      lock.unlock();
      shared->loop->Post([callers = std::move(callers), addresses = std::move(addresses)] {
        for (const Caller& caller : callers) {
          if (!caller.alive.expired()) caller.done(addresses);
        }
      });
      lock.lock();
    }
    --shared->threads;
  }

  Loop* const loop;
  const LookUp look_up;
  std::mutex mutex;                            // guards the rest
  std::map<Key, std::vector<Caller>> callers;  // of what waits and of what is under way
  std::deque<Key> queue;                       // what waits, each once
  int threads = 0;
};

Resolver::Resolver(Loop* loop)
    : Resolver(loop, [](const std::string& host, uint16_t port) { return Ask(host, port, AI_ADDRCONFIG); }) {}

Resolver::Resolver(Loop* loop, LookUp look_up) : shared_(std::make_shared<Shared>(loop, std::move(look_up))) {}

void Resolver::Resolve(const std::string& host, uint16_t port, std::weak_ptr<const void> alive, Done done) {
  absl::StatusOr<std::vector<SocketAddress>> numeric = Ask(host, port, AI_NUMERICHOST);
  if (numeric.ok()) {
    shared_->loop->Post([alive = std::move(alive), done = std::move(done), addresses = *std::move(numeric)] {
      if (!alive.expired()) done(addresses);
    });
    return;
  }
  std::lock_guard<std::mutex> lock(shared_->mutex);
  const auto [entry, is_new] = shared_->callers.try_emplace({host, port});
  Shared::DropGone(entry->second);
  entry->second.push_back({std::move(alive), std::move(done)});
  if (!is_new) return;  // somebody asked before: one answer for all
  shared_->queue.push_back(entry->first);
  if (shared_->threads >= kMostThreads) return;
  ++shared_->threads;
  std::thread(&Shared::Work, shared_).detach();
}

}  // namespace idlewarden::smb
