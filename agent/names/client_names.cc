#include "agent/names/client_names.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "policy/model/client_name.h"

namespace idlewarden::agent {

namespace {

using policy::IpAddress;

// Below it a TTL would have the same name asked for without end.
constexpr absl::Duration kShortestKeep = absl::Seconds(30);
constexpr absl::Duration kLongestRetry = absl::Minutes(1);
// Of the time for which a fact is good: then it is asked for again.
constexpr double kRefreshAfter = 0.75;
// More names than that of one address are a mess that nobody wants to be matched by.
constexpr size_t kMostNames = 16;
constexpr size_t kLongestName = 253;  // RFC 1035 section 2.3.4, as text

// Reverse zones are written by whoever has the address: nothing that a log, a table or a glob could trip over.
bool IsHostName(absl::string_view name) {
  return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '\\' && c != '*' && c != '?';
  });
}

LookupResult ResultOf(DnsAnswer::Kind kind) {
  switch (kind) {
    case DnsAnswer::Kind::kFound:
      return LookupResult::kFound;
    case DnsAnswer::Kind::kNone:
      return LookupResult::kNone;
    case DnsAnswer::Kind::kTimeout:
      return LookupResult::kTimeout;
    case DnsAnswer::Kind::kFailed:
      break;
  }
  return LookupResult::kFailed;
}

}  // namespace

absl::string_view LookupKindName(LookupKind kind) { return kind == LookupKind::kHost ? "host" : "address"; }

absl::string_view LookupResultName(LookupResult result) {
  switch (result) {
    case LookupResult::kFound:
      return "found";
    case LookupResult::kNone:
      return "none";
    case LookupResult::kUnconfirmed:
      return "unconfirmed";
    case LookupResult::kTimeout:
      return "timeout";
    case LookupResult::kFailed:
      break;
  }
  return "failed";
}

struct ClientNames::Confirmation {
  std::vector<std::string> confirmed;
  absl::Duration ttl;
  size_t open = 0;                            // names whose addresses are not known yet
  LookupResult worst = LookupResult::kFound;  // kTimeout or kFailed if one could not be checked
};

ClientNames::ClientNames(EventLoop& loop, DnsClient& dns, const NameOptions& options, HostsChanged hosts_changed)
    : loop_(loop), dns_(dns), options_(options), hosts_changed_(std::move(hosts_changed)) {}

ClientNames::~ClientNames() { loop_.CancelTimer(timer_); }

bool ClientNames::IsKnown(const Fact& fact) const { return fact.known && loop_.SteadyNow() < fact.expires; }

void ClientNames::SetHosts(const std::set<std::string>& names) {
  const size_t before = hosts_.size();
  const size_t left = std::erase_if(hosts_, [&](const auto& host) { return !names.contains(host.first); });
  for (const std::string& name : names) {
    if (IsHostName(name) && hosts_.try_emplace(name).second) Queue(name);
  }
  if (left > 0 || hosts_.size() != before) NoteHostsChanged();
  Work();
}

void ClientNames::Want(const IpAddress& address) {
  const auto [found, added] = addresses_.try_emplace(address);
  Address& entry = found->second;
  if (added) {
    by_use_.push_back(address);
    entry.place = std::prev(by_use_.end());
    EvictBeyond(options_.most_addresses);
  } else {
    by_use_.splice(by_use_.end(), by_use_, entry.place);
  }
  entry.wanted = loop_.SteadyNow();
  if (!entry.fact.queued && !entry.fact.under_way && entry.fact.next_look <= entry.wanted) {
    Queue(address);
    Work();
  }
}

void ClientNames::EvictBeyond(size_t most) {
  while (addresses_.size() > most) {
    const auto oldest = addresses_.find(by_use_.front());
    due_.erase({oldest->second.fact.next_look, oldest->first});
    addresses_.erase(oldest);
    by_use_.pop_front();
  }
}

std::optional<std::vector<std::string>> ClientNames::NamesOf(const IpAddress& address) const {
  const auto found = addresses_.find(address);
  if (found == addresses_.end() || !IsKnown(found->second.fact)) return std::nullopt;
  return found->second.names;
}

std::map<std::string, std::vector<IpAddress>> ClientNames::hosts() const {
  std::map<std::string, std::vector<IpAddress>> known;
  for (const auto& [name, host] : hosts_) {
    if (IsKnown(host.fact)) known.emplace(name, host.addresses);
  }
  return known;
}

void ClientNames::Queue(const std::string& host) {
  hosts_.at(host).fact.queued = true;
  host_queue_.push_back(host);
}

void ClientNames::Queue(const IpAddress& address) {
  Address& entry = addresses_.at(address);
  entry.fact.queued = true;
  due_.erase({entry.fact.next_look, address});
  (entry.fact.known ? refresh_queue_ : new_queue_).push_back(address);
}

void ClientNames::Work() {
  QueueDue();
  while (in_flight_ < options_.in_flight && loop_.SteadyNow() >= next_token_ && StartNext()) {
    next_token_ = std::max(next_token_, loop_.SteadyNow() - absl::Seconds(1)) + absl::Seconds(1) / options_.per_second;
  }
  SetTimer();
}

// Hosts first: they answer exactly. Then addresses that nothing is known of, then those that are about to expire.
bool ClientNames::StartNext() {
  while (!host_queue_.empty()) {
    const std::string name = std::move(host_queue_.front());
    host_queue_.pop_front();
    const auto host = hosts_.find(name);
    if (host == hosts_.end() || !host->second.fact.queued) continue;  // no longer wanted, or asked for already
    LookUpHost(name);
    return true;
  }
  for (std::deque<IpAddress>* queue : {&new_queue_, &refresh_queue_}) {
    while (!queue->empty()) {
      const IpAddress address = queue->front();
      queue->pop_front();
      const auto entry = addresses_.find(address);
      if (entry == addresses_.end() || !entry->second.fact.queued) continue;  // evicted
      LookUpAddress(address);
      return true;
    }
  }
  return false;
}

void ClientNames::Ask(const std::function<void(DnsClient::Callback)>& ask, DnsClient::Callback done) {
  struct State {
    DnsClient::Callback done;
    EventLoop::TimerId timer = 0;
  };
  ++in_flight_;
  auto state = std::make_shared<State>(State{std::move(done), 0});
  const DnsClient::Callback finish = lifetime_.Guard([this, state](DnsAnswer answer) {
    if (state->done == nullptr) return;  // a late answer
    loop_.CancelTimer(state->timer);
    --in_flight_;
    std::exchange(state->done, nullptr)(std::move(answer));
    Work();
  });
  state->timer = loop_.RunAt(loop_.SteadyNow() + options_.timeout,
                             [finish] { finish(DnsAnswer{.kind = DnsAnswer::Kind::kTimeout}); });
  ask(finish);
}

void ClientNames::LookUpHost(const std::string& name) {
  Fact& fact = hosts_.at(name).fact;
  fact.queued = false;
  fact.under_way = true;
  Ask([&](DnsClient::Callback done) { dns_.Forward(name, std::move(done)); },
      [this, name](DnsAnswer answer) { OnHost(name, std::move(answer)); });
}

void ClientNames::OnHost(const std::string& name, DnsAnswer answer) {
  ++results_[static_cast<size_t>(ResultOf(answer.kind))];
  const auto found = hosts_.find(name);
  if (found == hosts_.end()) return;
  Host& host = found->second;
  host.fact.under_way = false;
  const bool was_known = IsKnown(host.fact);
  // A name that DNS does not know may be one that only NetBIOS knows, or a typing error: nothing is known of it.
  Learn(host.fact, answer.kind == DnsAnswer::Kind::kFound, answer.ttl);
  if (answer.kind != DnsAnswer::Kind::kFound) return;
  std::sort(answer.addresses.begin(), answer.addresses.end());
  if (was_known && host.addresses == answer.addresses) return;
  host.addresses = std::move(answer.addresses);
  NoteHostsChanged();
}

void ClientNames::LookUpAddress(const IpAddress& address) {
  Fact& fact = addresses_.at(address).fact;
  fact.queued = false;
  fact.under_way = true;
  Ask([&](DnsClient::Callback done) { dns_.Reverse(address, std::move(done)); },
      [this, address](DnsAnswer answer) { OnNames(address, std::move(answer)); });
}

void ClientNames::OnNames(const IpAddress& address, DnsAnswer answer) {
  if (answer.kind == DnsAnswer::Kind::kNone && options_.unnamed_has_no_names) {
    return FinishAddress(address, LookupResult::kNone, std::vector<std::string>(), answer.ttl);
  }
  if (answer.kind != DnsAnswer::Kind::kFound) {
    return FinishAddress(address, ResultOf(answer.kind), std::nullopt, answer.ttl);
  }
  std::set<std::string> names;
  for (const std::string& name : answer.names) {
    if (std::string folded = policy::CanonicalClient(name); IsHostName(folded)) names.insert(std::move(folded));
  }
  if (names.empty() || names.size() > kMostNames) {
    return FinishAddress(address, LookupResult::kUnconfirmed, std::nullopt, answer.ttl);
  }
  auto confirmation =
      std::make_shared<Confirmation>(Confirmation{.confirmed = {}, .ttl = answer.ttl, .open = names.size()});
  for (const std::string& name : names) {
    Ask([&](DnsClient::Callback done) { dns_.Forward(name, std::move(done)); },
        [this, address, name, confirmation](const DnsAnswer& forward) {
          const bool holds =
              std::find(forward.addresses.begin(), forward.addresses.end(), address) != forward.addresses.end();
          if (holds) {
            confirmation->confirmed.push_back(name);
            confirmation->ttl = std::min(confirmation->ttl, forward.ttl);
          }
          const LookupResult result = ResultOf(forward.kind);
          if (result == LookupResult::kTimeout || result == LookupResult::kFailed) confirmation->worst = result;
          if (--confirmation->open == 0) OnConfirmed(address, *confirmation);
        });
  }
}

void ClientNames::OnConfirmed(const IpAddress& address, const Confirmation& confirmation) {
  if (confirmation.worst != LookupResult::kFound) {
    return FinishAddress(address, confirmation.worst, std::nullopt, confirmation.ttl);
  }
  if (confirmation.confirmed.empty()) {
    return FinishAddress(address, LookupResult::kUnconfirmed, std::nullopt, confirmation.ttl);
  }
  FinishAddress(address, LookupResult::kFound, confirmation.confirmed, confirmation.ttl);
}

void ClientNames::FinishAddress(const IpAddress& address, LookupResult result,
                                std::optional<std::vector<std::string>> names, absl::Duration ttl) {
  ++results_[static_cast<size_t>(result)];
  const auto found = addresses_.find(address);
  if (found == addresses_.end()) return;
  Address& entry = found->second;
  entry.fact.under_way = false;
  Learn(entry.fact, names.has_value(), ttl);
  if (names.has_value()) {
    std::sort(names->begin(), names->end());
    entry.names = *std::move(names);
  }
  due_.insert({entry.fact.next_look, address});
}

// A failure leaves what is known for as long as it is good.
void ClientNames::Learn(Fact& fact, bool known, absl::Duration ttl) {
  const SteadyTime now = loop_.SteadyNow();
  if (!known) {
    fact.next_look = now + std::min(options_.keep / 10, kLongestRetry);
    return;
  }
  const absl::Duration good = std::min(options_.keep, std::max(ttl, kShortestKeep));
  fact.known = true;
  fact.expires = now + good;
  fact.next_look = now + good * kRefreshAfter;
}

void ClientNames::NoteHostsChanged() {
  if (std::exchange(change_posted_, true)) return;
  loop_.Post(lifetime_.Guard([this] {
    change_posted_ = false;
    hosts_changed_();
  }));
}

// Addresses that nobody has wanted for as long as facts are kept are left to expire.
void ClientNames::QueueDue() {
  const SteadyTime now = loop_.SteadyNow();
  for (auto& [name, host] : hosts_) {
    if (host.fact.known && host.fact.expires <= now) {
      host.fact.known = false;
      NoteHostsChanged();
    }
    if (!host.fact.queued && !host.fact.under_way && host.fact.next_look <= now) Queue(name);
  }
  while (!due_.empty() && due_.begin()->first <= now) {
    const IpAddress address = due_.begin()->second;
    due_.erase(due_.begin());
    const Address& entry = addresses_.at(address);
    if (entry.wanted + options_.keep > now) Queue(address);
  }
}

SteadyTime ClientNames::NextDue() const {
  SteadyTime next = due_.empty() ? SteadyTime::InfiniteFuture() : due_.begin()->first;
  for (const auto& [name, host] : hosts_) {
    if (host.fact.known) next = std::min(next, host.fact.expires);
    if (!host.fact.queued && !host.fact.under_way) next = std::min(next, host.fact.next_look);
  }
  const bool waiting = !host_queue_.empty() || !new_queue_.empty() || !refresh_queue_.empty();
  if (waiting && in_flight_ < options_.in_flight) next = std::min(next, next_token_);
  return next;
}

void ClientNames::SetTimer() {
  loop_.CancelTimer(std::exchange(timer_, 0));
  const SteadyTime next = NextDue();
  if (next == SteadyTime::InfiniteFuture()) return;
  timer_ = loop_.RunAt(next, [this] {
    timer_ = 0;
    Work();
  });
}

}  // namespace idlewarden::agent
