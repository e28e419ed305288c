#include "agent/names/client_names.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/names/host_name.h"

namespace idlewarden::agent {

namespace {

using policy::IpAddress;
using Priority = QueryQueue::Priority;

// A record with a time to live of 0 would otherwise be asked for without end, and never be known.
constexpr absl::Duration kShortestValidity = absl::Seconds(30);
// Of the time for which a fact is good: then it is asked for again, with time left for several tries.
constexpr double kRefreshAfter = 0.75;
// What failed may work again any moment; what DNS does not have will come later if ever.
constexpr double kRetryAfter = 0.1;
constexpr absl::Duration kLongestRetry = absl::Minutes(1);
constexpr double kAskAgainAfterNone = 0.5;
constexpr absl::Duration kBetweenChanges = absl::Seconds(1);

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

// DNS said nothing, not even that there is none.
bool IsInconclusive(LookupResult result) { return result == LookupResult::kTimeout || result == LookupResult::kFailed; }

bool Holds(const std::vector<IpAddress>& addresses, const IpAddress& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

template <typename Item>
std::vector<Item> SortedUnique(std::vector<Item> items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
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

// Both families of one candidate name at a time.
struct ClientNames::HostLookup {
  HostTable::Ticket ticket;
  std::vector<std::string> candidates;
  size_t candidate = 0;
  std::vector<DnsAnswer> answers;
};

struct ClientNames::AddressLookup {
  AddressTable::Ticket ticket;
  size_t open = 0;  // names that are being checked
  std::vector<std::string> confirmed;
  absl::Duration ttl = absl::InfiniteDuration();
  std::optional<LookupResult> inconclusive;  // of a name that could not be checked
};

ClientNames::ClientNames(EventLoop& loop, DnsClient& dns, const NameOptions& options, std::function<void()> on_change)
    : loop_(loop),
      dns_(dns),
      options_(options),
      on_change_(std::move(on_change)),
      hosts_(std::numeric_limits<size_t>::max(), options.keep),
      addresses_(options.most_addresses, options.keep),
      queue_(loop, dns, options.per_second, options.in_flight) {}

ClientNames::~ClientNames() { loop_.CancelTimer(timer_); }

void ClientNames::SetHosts(const std::set<std::string>& hosts) {
  const SteadyTime now = loop_.SteadyNow();
  for (const std::string& host : wanted_hosts_) {
    if (hosts.contains(host)) continue;
    if (hosts_.Find(host, now) != nullptr) NoteChange(hosts_generation_);
    hosts_.Erase(host);
  }
  wanted_hosts_ = hosts;
  for (const std::string& host : hosts) {
    if (ParseHostName(host) == host) hosts_.Want(host, now, SteadyTime::InfiniteFuture());
  }
  Work();
}

void ClientNames::Want(const IpAddress& address) {
  if (!IsInDns(address)) return;
  const SteadyTime now = loop_.SteadyNow();
  if (!addresses_.Want(address, now, now)) {
    ++rejected_;
    return;
  }
  if (addresses_.NextEvent() <= now) Work();
}

std::optional<std::vector<std::string>> ClientNames::NamesOf(const IpAddress& address) const {
  const std::vector<std::string>* const names = addresses_.Find(address, loop_.SteadyNow());
  return names == nullptr ? std::nullopt : std::optional(*names);
}

policy::HostAddresses ClientNames::hosts() const {
  policy::HostAddresses known;
  hosts_.ForEach(loop_.SteadyNow(), [&](const std::string& host, const std::vector<IpAddress>& addresses) {
    known.emplace(host, addresses);
  });
  return known;
}

// A timer may come late: a fact that has expired must not pass for known until then.
uint64_t ClientNames::hosts_generation() {
  if (hosts_.NextEvent() <= loop_.SteadyNow()) Work();
  return hosts_generation_;
}

uint64_t ClientNames::names_generation() {
  if (addresses_.NextEvent() <= loop_.SteadyNow()) Work();
  return names_generation_;
}

void ClientNames::Work() {
  const SteadyTime now = loop_.SteadyNow();
  std::vector<HostTable::Ticket> hosts;
  std::vector<AddressTable::Ticket> addresses;
  if (hosts_.Advance(now, hosts)) NoteChange(hosts_generation_);
  if (addresses_.Advance(now, addresses)) NoteChange(names_generation_);
  for (const HostTable::Ticket& ticket : hosts) LookUpHost(ticket);
  for (const AddressTable::Ticket& ticket : addresses) LookUpAddress(ticket);
  SetTimer();
}

void ClientNames::SetTimer() {
  const SteadyTime next = std::min(hosts_.NextEvent(), addresses_.NextEvent());
  // One that fires too early does no harm.
  if (timer_ != 0 && timer_at_ <= next) return;
  loop_.CancelTimer(std::exchange(timer_, 0));
  if (next == SteadyTime::InfiniteFuture()) return;
  timer_at_ = next;
  timer_ = loop_.RunAt(next, [this] {
    timer_ = 0;
    Work();
  });
}

void ClientNames::LookUpHost(const HostTable::Ticket& ticket) {
  auto lookup = std::make_shared<HostLookup>(HostLookup{.ticket = ticket});
  lookup->candidates = SearchNames(ticket.key, dns_.SearchDomains());
  AskForHost(lookup);
}

void ClientNames::AskForHost(const std::shared_ptr<HostLookup>& lookup) {
  const Priority first = lookup->ticket.is_first ? Priority::kNewHost : Priority::kHostAgain;
  const Priority priority = lookup->candidate == 0 ? first : Priority::kContinuation;
  lookup->answers.clear();
  // A family that is not asked for, because nobody wants the host any more, leaves the look-up without an end.
  for (const DnsType type : {DnsType::kA, DnsType::kAaaa}) {
    queue_.Push(priority, {.question = {type, lookup->candidates[lookup->candidate]},
                           .is_wanted = [this, lookup] { return hosts_.IsWanted(lookup->ticket, loop_.SteadyNow()); },
                           .done =
                               [this, lookup](DnsAnswer answer) {
                                 lookup->answers.push_back(std::move(answer));
                                 if (lookup->answers.size() == 2) OnHostAnswers(lookup);
                               }});
  }
}

// The candidates are asked one after the other, and each in both families, as c-ares' own search would not do: it could
// take one host's IPv4 and another one's IPv6 addresses, and would pass one family's answer for all.
void ClientNames::OnHostAnswers(const std::shared_ptr<HostLookup>& lookup) {
  std::vector<IpAddress> addresses;
  absl::Duration ttl = absl::InfiniteDuration();
  for (DnsAnswer& answer : lookup->answers) {
    if (IsInconclusive(ResultOf(answer.kind))) return EndHost(*lookup, ResultOf(answer.kind), {}, ttl);
    if (answer.kind != DnsAnswer::Kind::kFound) continue;
    addresses.insert(addresses.end(), answer.addresses.begin(), answer.addresses.end());
    ttl = std::min(ttl, answer.ttl);
  }
  if (std::any_of(addresses.begin(), addresses.end(), IsPlaceholder)) {
    return EndHost(*lookup, LookupResult::kUnconfirmed, {}, ttl);
  }
  if (!addresses.empty()) return EndHost(*lookup, LookupResult::kFound, SortedUnique(std::move(addresses)), ttl);
  if (++lookup->candidate < lookup->candidates.size()) return AskForHost(lookup);
  EndHost(*lookup, LookupResult::kNone, {}, ttl);
}

void ClientNames::EndHost(const HostLookup& lookup, LookupResult result, std::vector<IpAddress> addresses,
                          absl::Duration ttl) {
  Count(LookupKind::kHost, result);
  const SteadyTime now = loop_.SteadyNow();
  if (IsInconclusive(result)) {
    hosts_.Fail(lookup.ticket, now + std::min(options_.keep * kRetryAfter, kLongestRetry));
  } else {
    const bool is_found = result == LookupResult::kFound;
    const absl::Duration valid_for = is_found ? ValidFor(ttl) : options_.keep * kAskAgainAfterNone;
    const bool differs = hosts_.Learn(lookup.ticket, now, is_found ? std::optional(std::move(addresses)) : std::nullopt,
                                      now + valid_for, now + valid_for * (is_found ? kRefreshAfter : 1));
    if (differs) NoteChange(hosts_generation_);
  }
  SetTimer();
}

void ClientNames::LookUpAddress(const AddressTable::Ticket& ticket) {
  const auto is_wanted = [this, ticket] {
    // With more clients than per_second serves, questions wait long: not for those that have left.
    if (addresses_.IsWanted(ticket, loop_.SteadyNow())) return true;
    addresses_.Drop(ticket);
    return false;
  };
  queue_.Push(ticket.is_first ? Priority::kNewAddress : Priority::kAddressAgain,
              {.question = {DnsType::kPtr, ReverseName(ticket.key)},
               .is_wanted = is_wanted,
               .done = [this, ticket](DnsAnswer answer) { OnNames(ticket, std::move(answer)); }});
}

void ClientNames::OnNames(const AddressTable::Ticket& ticket, DnsAnswer answer) {
  auto lookup = std::make_shared<AddressLookup>(AddressLookup{.ticket = ticket, .ttl = answer.ttl});
  if (answer.kind != DnsAnswer::Kind::kFound) return EndAddress(*lookup, ResultOf(answer.kind));
  std::vector<std::string> names;
  for (const std::string& name : answer.names) {
    if (std::optional<std::string> host = ParseHostName(name)) names.push_back(*std::move(host));
  }
  names = SortedUnique(std::move(names));
  if (names.empty() || names.size() > kMostNames) return EndAddress(*lookup, LookupResult::kUnconfirmed);
  lookup->open = names.size();
  for (const std::string& name : names) Confirm(lookup, name);
}

// The name as it is, without search domains: a PTR record holds a complete one. One family is enough to confirm.
void ClientNames::Confirm(const std::shared_ptr<AddressLookup>& lookup, const std::string& name) {
  const IpAddress& address = lookup->ticket.key;
  queue_.Push(Priority::kContinuation,
              {.question = {address.is_v6 ? DnsType::kAaaa : DnsType::kA, name},
               .is_wanted = nullptr,
               .done = [this, lookup, name](const DnsAnswer& answer) {
                 const LookupResult result = ResultOf(answer.kind);
                 if (IsInconclusive(result)) lookup->inconclusive = result;
                 if (Holds(answer.addresses, lookup->ticket.key)) {
                   lookup->confirmed.push_back(name);
                   lookup->ttl = std::min(lookup->ttl, answer.ttl);
                 }
                 if (--lookup->open > 0) return;
                 const bool is_confirmed = !lookup->confirmed.empty();
                 EndAddress(*lookup, lookup->inconclusive.value_or(is_confirmed ? LookupResult::kFound
                                                                                : LookupResult::kUnconfirmed));
               }});
}

void ClientNames::EndAddress(const AddressLookup& lookup, LookupResult result) {
  Count(LookupKind::kAddress, result);
  const SteadyTime now = loop_.SteadyNow();
  if (IsInconclusive(result)) {
    addresses_.Fail(lookup.ticket, now + std::min(options_.keep * kRetryAfter, kLongestRetry));
  } else {
    std::optional<std::vector<std::string>> names;
    if (result == LookupResult::kFound) names = SortedUnique(lookup.confirmed);
    if (result == LookupResult::kNone && options_.unnamed_has_no_names) names.emplace();
    const absl::Duration valid_for =
        result == LookupResult::kFound ? ValidFor(lookup.ttl) : options_.keep * kAskAgainAfterNone;
    const absl::Duration again = names.has_value() ? valid_for * kRefreshAfter : valid_for;
    if (addresses_.Learn(lookup.ticket, now, std::move(names), now + valid_for, now + again))
      NoteChange(names_generation_);
  }
  SetTimer();
}

absl::Duration ClientNames::ValidFor(absl::Duration ttl) const {
  return std::min(options_.keep, std::max(ttl, kShortestValidity));
}

void ClientNames::Count(LookupKind kind, LookupResult result) {
  ++results_[static_cast<size_t>(kind)][static_cast<size_t>(result)];
}

void ClientNames::NoteChange(uint64_t& generation) {
  ++generation;
  if (std::exchange(is_change_posted_, true)) return;
  // The first change is passed on at once, those of the second after it together: many answers cause few cycles.
  const SteadyTime when = std::max(loop_.SteadyNow(), last_change_ + kBetweenChanges);
  loop_.RunAt(when, lifetime_.Guard([this] {
    is_change_posted_ = false;
    last_change_ = loop_.SteadyNow();
    on_change_();
  }));
}

}  // namespace idlewarden::agent
