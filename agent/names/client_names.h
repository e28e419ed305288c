// ClientNames: which host a client's address is, kept from DNS: servers report addresses, policies like names.
//
// Two kinds of fact:
//   hosts  the addresses of the literal host names that policy, exemptions and lists name. Exact also where the reverse
//          zone is a mess.
//   names  the names of a client's address (PTR), each confirmed: the name's own addresses must hold that address. A
//          name that is not confirmed counts for nothing, whoever runs the reverse zone may write there what they like.
//
// Nobody waits for DNS: what is not known now is unknown. A fact is good for a time (`keep`, or its TTL where that is
// shorter) and is asked for again before that is over, for as long as somebody wants it; then it is unknown again. A
// look-up that failed is repeated sooner. If one of an address's names could not be checked, all are unknown: the rest
// would pass for all of them.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_NAMES_CLIENT_NAMES_H_
#define IDLEWARDEN_AGENT_NAMES_CLIENT_NAMES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/clock/lifetime.h"
#include "agent/clock/steady_time.h"
#include "agent/names/dns_client.h"
#include "policy/model/ip.h"

namespace idlewarden::agent {

struct NameOptions {
  absl::Duration timeout = absl::Seconds(2);  // of a look-up
  absl::Duration keep = absl::Minutes(10);
  double per_second = 50;
  bool unnamed_has_no_names = false;  // an address of which DNS says that it has no name; else that stays unknown
  size_t most_addresses = 100'000;    // those wanted least recently are dropped
  size_t in_flight = 64;
};

// How look-ups ended, for metrics.
enum class LookupResult : uint8_t { kFound, kNone, kUnconfirmed, kTimeout, kFailed };
inline constexpr size_t kLookupResultCount = 5;
// "host", "address".
absl::string_view LookupKindName(LookupKind kind);
// "found", "none", "unconfirmed", "timeout", "failed".
absl::string_view LookupResultName(LookupResult result);

class ClientNames {
 public:
  // Called, at most once a turn of the loop, when hosts() has changed.
  using HostsChanged = std::function<void()>;

  ClientNames(EventLoop& loop, DnsClient& dns, const NameOptions& options, HostsChanged hosts_changed);
  ~ClientNames();
  ClientNames(const ClientNames&) = delete;
  ClientNames& operator=(const ClientNames&) = delete;

  // From now on these, and no other, host names are known. Case-folded and without a trailing dot.
  void SetHosts(const std::set<std::string>& names);

  // A client with this address has a session.
  void Want(const policy::IpAddress& address);

  // The names that the address is known to have at this moment; empty: known to have none; nullopt: not known.
  std::optional<std::vector<std::string>> NamesOf(const policy::IpAddress& address) const;

  // The hosts whose addresses are known at this moment.
  std::map<std::string, std::vector<policy::IpAddress>> hosts() const;

  size_t address_count() const { return addresses_.size(); }
  // How many look-ups have ended so, by LookupResult; reverse ones with all their confirmations count once.
  const std::array<uint64_t, kLookupResultCount>& results() const { return results_; }

 private:
  // What is known, and when it is to be asked for.
  struct Fact {
    bool known = false;
    SteadyTime expires;                                 // if known
    SteadyTime next_look = SteadyTime::InfinitePast();  // not before
    bool under_way = false;
    bool queued = false;
  };
  struct Host {
    Fact fact;
    std::vector<policy::IpAddress> addresses;
  };
  struct Address {
    Fact fact;
    std::vector<std::string> names;
    SteadyTime wanted;
    std::list<policy::IpAddress>::iterator place;  // in by_use_
  };
  // The names of one address, while they are being confirmed.
  struct Confirmation;

  bool IsKnown(const Fact& fact) const;
  void Queue(const std::string& host);
  void Queue(const policy::IpAddress& address);
  // Starts what may start, and sets the timer for what may start later.
  void Work();
  bool StartNext();
  void LookUpHost(const std::string& name);
  void LookUpAddress(const policy::IpAddress& address);
  void OnHost(const std::string& name, DnsAnswer answer);
  void OnNames(const policy::IpAddress& address, DnsAnswer answer);
  void OnConfirmed(const policy::IpAddress& address, const Confirmation& confirmation);
  void FinishAddress(const policy::IpAddress& address, LookupResult result,
                     std::optional<std::vector<std::string>> names, absl::Duration ttl);
  // Passes the answer on, or a time-out if it does not come in time.
  void Ask(const std::function<void(DnsClient::Callback)>& ask, DnsClient::Callback done);
  void Learn(Fact& fact, bool known, absl::Duration ttl);
  void NoteHostsChanged();
  void SetTimer();
  SteadyTime NextDue() const;
  void QueueDue();
  void EvictBeyond(size_t most);

  EventLoop& loop_;
  DnsClient& dns_;
  const NameOptions options_;
  const HostsChanged hosts_changed_;

  std::map<std::string, Host> hosts_;
  absl::flat_hash_map<policy::IpAddress, Address> addresses_;
  std::list<policy::IpAddress> by_use_;  // least recently wanted first

  std::deque<std::string> host_queue_;
  std::deque<policy::IpAddress> new_queue_;                 // of which nothing is known
  std::deque<policy::IpAddress> refresh_queue_;             // known, and to be asked for again
  std::set<std::pair<SteadyTime, policy::IpAddress>> due_;  // addresses by their next look
  size_t in_flight_ = 0;
  SteadyTime next_token_ = SteadyTime::InfinitePast();
  EventLoop::TimerId timer_ = 0;
  bool change_posted_ = false;
  std::array<uint64_t, kLookupResultCount> results_{};
  Lifetime lifetime_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_CLIENT_NAMES_H_
