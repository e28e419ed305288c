#include "agent/names/cares_client.h"

#include <ares.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "agent/clock/lifetime.h"

namespace idlewarden::agent {

namespace {

using policy::IpAddress;

constexpr int kClassIn = 1;   // RFC 1035 section 3.2.4
constexpr int kTypePtr = 12;  // RFC 1035 section 3.2.2
constexpr int kTries = 2;

// Once, before the first channel, and never undone: c-ares counts nothing but this.
void InitLibrary() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);
  static_cast<void>(status);
}

DnsAnswer::Kind KindOf(int status) {
  switch (status) {
    case ARES_SUCCESS:
      return DnsAnswer::Kind::kFound;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
      return DnsAnswer::Kind::kNone;
    case ARES_ETIMEOUT:
      return DnsAnswer::Kind::kTimeout;
    default:
      return DnsAnswer::Kind::kFailed;
  }
}

std::string ReverseName(const IpAddress& address) {
  if (!address.is_v6) {
    return absl::StrCat(address.bytes[3], ".", address.bytes[2], ".", address.bytes[1], ".", address.bytes[0],
                        ".in-addr.arpa");
  }
  std::string name;
  for (size_t i = address.bytes.size(); i-- > 0;) {
    absl::StrAppendFormat(&name, "%x.%x.", address.bytes[i] & 15, address.bytes[i] >> 4);
  }
  return name + "ip6.arpa";
}

// The names of a PTR answer. c-ares follows CNAMEs (RFC 2317) and gives all names as aliases, the first or last of them
// as h_name as well.
DnsAnswer ParseNames(int status, unsigned char* data, int size, const IpAddress& address) {
  if (status != ARES_SUCCESS) return {.kind = KindOf(status)};
  hostent* host = nullptr;
  const int parsed = ares_parse_ptr_reply(data, size, address.bytes.data(), address.is_v6 ? 16 : 4,
                                          address.is_v6 ? AF_INET6 : AF_INET, &host);
  if (parsed != ARES_SUCCESS) return {.kind = KindOf(parsed)};
  DnsAnswer answer{.kind = DnsAnswer::Kind::kFound};
  for (char** alias = host->h_aliases; alias != nullptr && *alias != nullptr; ++alias)
    answer.names.emplace_back(*alias);
  ares_free_hostent(host);
  return answer;
}

IpAddress AddressOf(const sockaddr* from) {
  IpAddress address;
  address.is_v6 = from->sa_family == AF_INET6;
  if (address.is_v6) {
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(from)->sin6_addr, 16);
  } else {
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in*>(from)->sin_addr, 4);
  }
  return address;
}

// One family's part of a forward look-up.
DnsAnswer TakeAddresses(int status, ares_addrinfo* result) {
  DnsAnswer answer{.kind = KindOf(status)};
  if (result == nullptr) return answer;
  for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next) {
    answer.addresses.push_back(AddressOf(node->ai_addr));
    answer.ttl = std::min(answer.ttl, absl::Seconds(node->ai_ttl));
  }
  ares_freeaddrinfo(result);
  return answer;
}

// Both families' parts: no answer of one leaves it open what the name has there.
DnsAnswer Combine(DnsAnswer v4, DnsAnswer v6) {
  using Kind = DnsAnswer::Kind;
  for (const DnsAnswer* part : {&v4, &v6}) {
    if (part->kind == Kind::kTimeout || part->kind == Kind::kFailed) return {.kind = part->kind};
  }
  DnsAnswer both{.kind = v4.kind == Kind::kFound || v6.kind == Kind::kFound ? Kind::kFound : Kind::kNone};
  both.ttl = std::min(v4.ttl, v6.ttl);
  both.addresses = std::move(v4.addresses);
  both.addresses.insert(both.addresses.end(), v6.addresses.begin(), v6.addresses.end());
  return both;
}

}  // namespace

// The thread, and the channel that only it touches.
class CaresClient::Worker {
 public:
  explicit Worker(EventLoop& loop) : loop_(loop), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  ~Worker() {
    if (thread_.joinable()) {
      stop_ = true;
      Wake();
      thread_.join();
    }
    if (channel_ != nullptr) ares_destroy(channel_);  // answers what is open; nobody is listening any more
    if (wake_ >= 0) close(wake_);
  }

  absl::Status Open(const Options& options) {
    InitLibrary();
    ares_options settings{};
    // c-ares doubles the time with each try: both tries are over when nobody waits any more.
    settings.timeout = std::max(1, static_cast<int>(absl::ToInt64Milliseconds(options.timeout) / 3));
    settings.tries = kTries;
    settings.sock_state_cb = &Worker::OnSocket;
    settings.sock_state_cb_data = this;
    std::string dns_only = "b";
    settings.lookups = dns_only.data();
    const int status = ares_init_options(
        &channel_, &settings, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS);
    if (status != ARES_SUCCESS) {
      return absl::UnavailableError(absl::StrCat("the resolver cannot be set up: ", ares_strerror(status)));
    }
    if (options.nameservers.empty()) return absl::OkStatus();
    const std::string servers = absl::StrJoin(options.nameservers, ",");
    if (ares_set_servers_ports_csv(channel_, servers.c_str()) == ARES_SUCCESS) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("not all of these are addresses of name servers: ", servers,
                                                   "; write 10.0.0.53, 127.0.0.1:5353 or [::1]:53"));
  }

  void Start() {
    thread_ = std::thread([this] { Run(); });
  }

  void Reverse(const IpAddress& address, Callback done) {
    struct Query {
      Worker* worker;
      IpAddress address;
      Callback done;
    };
    Submit([this, address, done = std::move(done)]() mutable {
      ares_query(
          channel_, ReverseName(address).c_str(), kClassIn, kTypePtr,
          [](void* data, int status, int, unsigned char* answer, int size) {
            const std::unique_ptr<Query> query(static_cast<Query*>(data));
            query->worker->Answer(std::move(query->done), ParseNames(status, answer, size, query->address));
          },
          new Query{this, address, std::move(done)});
    });
  }

  void Forward(const std::string& name, Callback done) {
    Submit([this, name, done = std::move(done)]() mutable {
      auto query = std::make_shared<ForwardQuery>(ForwardQuery{this, std::move(done), {}, {}, 2});
      for (const int family : {AF_INET, AF_INET6}) StartPart(name, family, query);
    });
  }

 private:
  struct ForwardQuery {
    Worker* worker;
    Callback done;
    DnsAnswer v4, v6;
    int open;
  };
  struct Part {
    std::shared_ptr<ForwardQuery> query;
    int family;
  };

  void StartPart(const std::string& name, int family, const std::shared_ptr<ForwardQuery>& query) {
    ares_addrinfo_hints hints{};
    hints.ai_family = family;
    hints.ai_flags = ARES_AI_NOSORT;
    ares_getaddrinfo(
        channel_, name.c_str(), nullptr, &hints,
        [](void* data, int status, int, ares_addrinfo* result) {
          const std::unique_ptr<Part> part(static_cast<Part*>(data));
          ForwardQuery& of = *part->query;
          (part->family == AF_INET ? of.v4 : of.v6) = TakeAddresses(status, result);
          if (--of.open == 0) of.worker->Answer(std::move(of.done), Combine(std::move(of.v4), std::move(of.v6)));
        },
        new Part{query, family});
  }

  // On the thread. Answers of a channel that is being destroyed reach nobody.
  void Answer(Callback done, DnsAnswer answer) {
    if (stop_) return;
    loop_.Post(
        lifetime_.Guard([done = std::move(done), answer = std::move(answer)]() mutable { done(std::move(answer)); }));
  }

  void Submit(std::function<void()> task) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    Wake();
  }

  void Wake() {
    const uint64_t one = 1;
    static_cast<void>(!write(wake_, &one, sizeof(one)));  // it fails only where it is awake already
  }

  static void OnSocket(void* data, ares_socket_t socket, int readable, int writable) {
    auto& sockets = static_cast<Worker*>(data)->sockets_;
    if (readable == 0 && writable == 0) {
      sockets.erase(socket);
    } else {
      sockets[socket] = static_cast<short>((readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0));
    }
  }

  void Run() {
    while (!stop_) {
      std::vector<std::function<void()>> tasks;
      {
        std::lock_guard<std::mutex> lock(mutex_);
        tasks.swap(tasks_);
      }
      for (std::function<void()>& task : tasks) task();
      Wait();
    }
  }

  void Wait() {
    std::vector<pollfd> polled = {{wake_, POLLIN, 0}};
    for (const auto& [socket, events] : sockets_) polled.push_back({socket, events, 0});
    timeval time;
    const timeval* const next = ares_timeout(channel_, nullptr, &time);
    const int milliseconds =
        next == nullptr ? -1 : static_cast<int>(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000);
    if (poll(polled.data(), polled.size(), milliseconds) <= 0) {
      ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // time-outs
      return;
    }
    if (polled[0].revents != 0) {
      uint64_t count;
      static_cast<void>(!read(wake_, &count, sizeof(count)));
    }
    for (size_t i = 1; i < polled.size(); ++i) {
      const short events = polled[i].revents;
      if (events == 0) continue;
      const bool broken = (events & (POLLERR | POLLHUP | POLLNVAL)) != 0;
      ares_process_fd(channel_, broken || (events & POLLIN) != 0 ? polled[i].fd : ARES_SOCKET_BAD,
                      broken || (events & POLLOUT) != 0 ? polled[i].fd : ARES_SOCKET_BAD);
    }
  }

  EventLoop& loop_;
  const int wake_;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, short> sockets_;  // of the thread: what to poll each for
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;  // guarded by mutex_
  std::thread thread_;
  Lifetime lifetime_;
};

absl::StatusOr<std::unique_ptr<CaresClient>> CaresClient::Make(EventLoop& loop, const Options& options) {
  auto worker = std::make_unique<Worker>(loop);
  if (absl::Status status = worker->Open(options); !status.ok()) return status;
  worker->Start();
  return std::unique_ptr<CaresClient>(new CaresClient(std::move(worker)));
}

CaresClient::CaresClient(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
CaresClient::~CaresClient() = default;

void CaresClient::Reverse(const policy::IpAddress& address, Callback done) {
  worker_->Reverse(address, std::move(done));
}

void CaresClient::Forward(const std::string& name, Callback done) { worker_->Forward(name, std::move(done)); }

}  // namespace idlewarden::agent
