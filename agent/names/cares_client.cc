#include "agent/names/cares_client.h"

#include <ares.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/clock/lifetime.h"
#include "agent/clock/steady_time.h"
#include "agent/log/log.h"
#include "agent/names/dns_answer.h"
#include "agent/settings/nameserver.h"

namespace idlewarden::agent {

namespace {

using policy::IpAddress;

constexpr int kClassIn = 1;
// c-ares doubles the time with each round of tries: a third and two thirds of the timeout.
constexpr int kTries = 2;
constexpr int kTriesTime = 3;
constexpr absl::Duration kResolvConfCheckInterval = absl::Seconds(1);

struct ChannelDeleter {
  void operator()(ares_channeldata* channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, ChannelDeleter>;

// Before the first channel, and never undone: other libraries of the process may use c-ares too.
int InitLibrary() {
  static const int status = ares_library_init(ARES_LIB_INIT_ALL);
  return status;
}

int SetNameservers(ares_channel channel, const CaresClient::Options& options) {
  std::vector<ares_addr_port_node> nodes;
  for (const std::string& text : options.nameservers) {
    const Nameserver server = ParseNameserver(text).value();
    ares_addr_port_node node{};
    node.family = server.address.is_v6 ? AF_INET6 : AF_INET;
    std::memcpy(&node.addr, server.address.bytes.data(), server.address.is_v6 ? 16 : 4);
    node.udp_port = node.tcp_port = server.port.value_or(options.port);
    nodes.push_back(node);
  }
  for (size_t i = 0; i + 1 < nodes.size(); ++i) nodes[i].next = &nodes[i + 1];
  return ares_set_servers_ports(channel, nodes.data());
}

std::vector<std::string> ReadNameservers(ares_channel channel) {
  std::vector<std::string> texts;
  ares_addr_port_node* nodes = nullptr;
  if (ares_get_servers_ports(channel, &nodes) != ARES_SUCCESS) return texts;
  for (const ares_addr_port_node* node = nodes; node != nullptr; node = node->next) {
    IpAddress address{.is_v6 = node->family == AF_INET6};
    std::memcpy(address.bytes.data(), &node->addr, address.is_v6 ? 16 : 4);
    texts.push_back(address.ToString());
  }
  ares_free_data(nodes);
  return texts;
}

std::vector<std::string> ReadSearchDomains(ares_channel channel) {
  ares_options options{};
  int mask = 0;
  // Even where it fails it may have allocated.
  const absl::Cleanup cleanup = [&] { ares_destroy_options(&options); };
  if (ares_save_options(channel, &options, &mask) != ARES_SUCCESS) return {};
  return {options.domains, options.domains + options.ndomains};
}

DnsAnswer AnswerOf(const DnsQuestion& question, int status, absl::Span<const uint8_t> message) {
  switch (status) {
    case ARES_SUCCESS:
      return ReadDnsAnswer(question, message);
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
      return {.kind = DnsAnswer::Kind::kNone};
    case ARES_ETIMEOUT:
      return {.kind = DnsAnswer::Kind::kTimeout};
    default:
      return {.kind = DnsAnswer::Kind::kFailed};
  }
}

}  // namespace

// The thread, the channel that only it touches, and the questions on their way to it.
class CaresClient::Worker {
 public:
  Worker(EventLoop& loop, Options options)
      : loop_(loop), options_(std::move(options)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  ~Worker() {
    stop_ = true;
    if (thread_.joinable()) {
      Wake();
      thread_.join();
    }
    channel_.reset();  // c-ares answers what is open, and nobody is listening any more
    if (wake_ >= 0) close(wake_);
  }

  absl::Status Start() {
    if (wake_ < 0) return absl::ErrnoToStatus(errno, "cannot make an event descriptor");
    resolv_conf_ = StampOf(options_.resolv_conf);
    resolv_conf_checked_ = loop_.SteadyNow();
    if (const int status = Open(); status != ARES_SUCCESS) {
      return absl::UnavailableError(absl::StrCat("cannot set up the DNS library: ", ares_strerror(status)));
    }
    thread_ = std::thread([this] { Run(); });
    return absl::OkStatus();
  }

  void Ask(const DnsQuestion& question, Done done) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      submitted_.push_back({question, std::move(done)});
    }
    Wake();
  }

  std::vector<std::string> SearchDomains() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return search_domains_;
  }

 private:
  struct Question {
    DnsQuestion question;
    Done done;
  };
  // A question as c-ares holds it: it may come back long after it was given up.
  struct Handle {
    Worker* worker;
    uint64_t number;
  };
  // What tells one content of a file from the next; all 0 if there is no file.
  using Stamp = std::tuple<ino_t, off_t, time_t, long>;

  static Stamp StampOf(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return {};
    return {status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  }

  // Opens a channel by what resolv.conf and the options say now, in place of the one before; an ARES_ status.
  int Open() {
    if (const int status = InitLibrary(); status != ARES_SUCCESS) return status;
    ares_options settings{};
    settings.timeout = std::max(1, static_cast<int>(absl::ToInt64Milliseconds(options_.timeout)) / kTriesTime);
    settings.tries = kTries;
    settings.udp_port = settings.tcp_port = options_.port;
    settings.resolvconf_path = options_.resolv_conf.data();
    settings.sock_state_cb = &Worker::OnSocket;
    settings.sock_state_cb_data = this;
    ares_channel made = nullptr;
    const int status = ares_init_options(&made, &settings,
                                         ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT |
                                             ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB);
    if (status != ARES_SUCCESS) return status;
    Channel channel(made);
    if (!options_.nameservers.empty()) {
      if (const int set = SetNameservers(made, options_); set != ARES_SUCCESS) return set;
    }
    // The questions that the channel before still has open fail by this, and are asked again before long.
    channel_ = std::move(channel);
    const std::vector<std::string> domains = ReadSearchDomains(made);
    Log(LogLevel::kInfo, "nameservers-read",
        {{"nameservers", absl::StrJoin(ReadNameservers(made), ",")}, {"search", absl::StrJoin(domains, ",")}});
    std::lock_guard<std::mutex> lock(mutex_);
    search_domains_ = domains;
    return ARES_SUCCESS;
  }

  void Run() {
    while (!stop_) {
      ReopenIfChanged();
      AskSubmitted();
      GiveUpLate();
      Wait();
    }
  }

  void ReopenIfChanged() {
    const SteadyTime now = loop_.SteadyNow();
    if (now - resolv_conf_checked_ < kResolvConfCheckInterval) return;
    resolv_conf_checked_ = now;
    const Stamp stamp = StampOf(options_.resolv_conf);
    // A file that is being replaced, or cannot be read, leaves what was read before.
    if (stamp == Stamp() || stamp == resolv_conf_) return;
    if (Open() == ARES_SUCCESS) resolv_conf_ = stamp;
  }

  void AskSubmitted() {
    std::vector<Question> questions;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      questions.swap(submitted_);
    }
    for (Question& question : questions) {
      const uint64_t number = next_number_++;
      const DnsQuestion asked = question.question;
      open_.emplace(number, std::move(question));
      deadlines_.push_back({loop_.SteadyNow() + options_.timeout, number});
      // Its callback may run within the call.
      ares_query(channel_.get(), asked.name.c_str(), kClassIn, static_cast<int>(asked.type), &Worker::OnAnswer,
                 new Handle{this, number});
    }
  }

  // c-ares alone is not enough for that: it counts anew with each name server, and where it changes to TCP.
  void GiveUpLate() {
    const SteadyTime now = loop_.SteadyNow();
    for (; !deadlines_.empty() && deadlines_.front().first <= now; deadlines_.pop_front()) {
      End(deadlines_.front().second, ARES_ETIMEOUT, {});
    }
  }

  static void OnAnswer(void* data, int status, int, unsigned char* message, int size) {
    const std::unique_ptr<Handle> handle(static_cast<Handle*>(data));
    handle->worker->End(handle->number, status, absl::MakeConstSpan(message, message == nullptr ? 0 : size));
  }

  // Of a question that was given up, nothing is left to end.
  void End(uint64_t number, int status, absl::Span<const uint8_t> message) {
    const auto found = open_.find(number);
    if (found == open_.end() || stop_) return;
    DnsAnswer answer = AnswerOf(found->second.question, status, message);
    loop_.Post(lifetime_.Guard(
        [done = std::move(found->second.done), answer = std::move(answer)]() mutable { done(std::move(answer)); }));
    open_.erase(found);
  }

  void Wait() {
    std::vector<pollfd> polled = {{wake_, POLLIN, 0}};
    for (const auto& [socket, events] : sockets_) polled.push_back({socket, events, 0});
    if (poll(polled.data(), polled.size(), PollTimeout()) <= 0) {
      ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // its timeouts
      return;
    }
    uint64_t count;
    if (polled[0].revents != 0) static_cast<void>(!read(wake_, &count, sizeof count));
    for (size_t i = 1; i < polled.size(); ++i) {
      const short events = polled[i].revents;
      if (events == 0) continue;
      // An error is met by reading as well as by writing, whichever c-ares does.
      const bool is_broken = (events & (POLLERR | POLLHUP | POLLNVAL)) != 0;
      ares_process_fd(channel_.get(), is_broken || (events & POLLIN) != 0 ? polled[i].fd : ARES_SOCKET_BAD,
                      is_broken || (events & POLLOUT) != 0 ? polled[i].fd : ARES_SOCKET_BAD);
    }
  }

  // Milliseconds until c-ares or a deadline wants attention, rounded up; -1 if neither does.
  int PollTimeout() const {
    timeval time;
    absl::Duration time_left = absl::InfiniteDuration();
    if (ares_timeout(channel_.get(), nullptr, &time) != nullptr) time_left = absl::DurationFromTimeval(time);
    if (!deadlines_.empty()) time_left = std::min(time_left, deadlines_.front().first - loop_.SteadyNow());
    if (time_left == absl::InfiniteDuration()) return -1;
    return static_cast<int>(absl::ToInt64Milliseconds(
        std::clamp(absl::Ceil(time_left, absl::Milliseconds(1)), absl::ZeroDuration(), absl::Minutes(1))));
  }

  static void OnSocket(void* data, ares_socket_t socket, int readable, int writable) {
    auto& sockets = static_cast<Worker*>(data)->sockets_;
    if (readable == 0 && writable == 0) {
      sockets.erase(socket);
    } else {
      sockets[socket] = static_cast<short>((readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0));
    }
  }

  void Wake() {
    const uint64_t one = 1;
    static_cast<void>(!write(wake_, &one, sizeof one));  // fails only where the thread is to wake already
  }

  EventLoop& loop_;
  Options options_;
  const int wake_;
  std::atomic<bool> stop_ = false;

  // Of the thread, once it runs. The sockets outlive the channel, which takes them out.
  std::map<ares_socket_t, short> sockets_;  // what to poll each for
  Channel channel_;
  absl::flat_hash_map<uint64_t, Question> open_;
  std::deque<std::pair<SteadyTime, uint64_t>> deadlines_;  // in order, for each question has the same time
  uint64_t next_number_ = 1;
  Stamp resolv_conf_;
  SteadyTime resolv_conf_checked_;

  mutable std::mutex mutex_;
  std::vector<Question> submitted_;          // guarded by mutex_
  std::vector<std::string> search_domains_;  // guarded by mutex_

  std::thread thread_;
  Lifetime lifetime_;
};

absl::StatusOr<std::unique_ptr<CaresClient>> CaresClient::Make(EventLoop& loop, const Options& options) {
  for (const std::string& nameserver : options.nameservers) {
    if (absl::Status status = ParseNameserver(nameserver).status(); !status.ok()) return status;
  }
  auto worker = std::make_unique<Worker>(loop, options);
  if (absl::Status status = worker->Start(); !status.ok()) return status;
  return std::unique_ptr<CaresClient>(new CaresClient(std::move(worker)));
}

CaresClient::CaresClient(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
CaresClient::~CaresClient() = default;

void CaresClient::Ask(const DnsQuestion& question, Done done) { worker_->Ask(question, std::move(done)); }
std::vector<std::string> CaresClient::SearchDomains() const { return worker_->SearchDomains(); }

}  // namespace idlewarden::agent
