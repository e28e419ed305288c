// ClientNames: which host a client's address is, kept from DNS: servers report addresses, policies like names.
//
// Two kinds of fact:
//   hosts  the addresses of the literal host names that policy, exemptions and lists name. Exact also where the reverse
//          zone is a mess.
//   names  the names of a client's address (PTR), each confirmed: the name's own addresses must hold that address. A
//          name that is not confirmed counts for nothing; whoever runs the reverse zone may write there what they like.
//
// A fact is used for a certain "no" too ("this is not backup01"), so what is known in part is unknown:
//   * a host of which one family's look-up failed, or that DNS does not have: a typing error, or known to NetBIOS only;
//   * a host with a loopback or unspecified address: copies of /etc/hosts and blocking DNS servers answer that way;
//   * an address of which one name could not be checked: the others would pass for all of them;
//   * an address none of whose names is confirmed, and one with more than kMostNames names;
//   * loopback and link-local addresses, which are never asked for.
// A name that cannot be a host's (ParseHostName) counts as not confirmed.
//
// Nobody waits for DNS: what is not known now is unknown. A fact is good for `keep`, or for its time to live where that
// is shorter, though at least half a minute. It is asked for again after three quarters of that, for as long as
// somebody wants it. What is learned then replaces it, and where DNS says that there is none, nothing does; a look-up
// that fails leaves it until it expires. An expired fact is unknown, to the instant.
//
// Threads: the event loop only.

#ifndef IDLEWARDEN_AGENT_NAMES_CLIENT_NAMES_H_
#define IDLEWARDEN_AGENT_NAMES_CLIENT_NAMES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/event_loop.h"
#include "agent/clock/lifetime.h"
#include "agent/clock/steady_time.h"
#include "agent/names/dns_client.h"
#include "agent/names/fact_table.h"
#include "agent/names/query_queue.h"
#include "policy/model/ip.h"
#include "policy/model/session.h"

namespace idlewarden::agent {

struct NameOptions {
  absl::Duration keep = absl::Minutes(10);
  // Questions to DNS, not clients: an address mostly costs two (PTR, and A or AAAA), a host two (A and AAAA), one
  // without a dot two for each search domain.
  double per_second = 50;
  bool unnamed_has_no_names = false;  // an address of which DNS says that it has no name; else that stays unknown
  size_t most_addresses = 100'000;
  size_t in_flight = 64;  // questions open at a time
};

// What a look-up asked, and how it ended: for metrics. A look-up is all the questions for one host or address.
enum class LookupKind : uint8_t { kHost, kAddress };
enum class LookupResult : uint8_t {
  kFound,
  kNone,         // DNS has no such name, or no name for the address
  kUnconfirmed,  // an address none of whose names holds it; a host with a placeholder for an address
  kTimeout,
  kFailed,
};
inline constexpr size_t kLookupResultCount = 5;
// "host", "address".
absl::string_view LookupKindName(LookupKind kind);
// "found", "none", "unconfirmed", "timeout", "failed".
absl::string_view LookupResultName(LookupResult result);

class ClientNames {
 public:
  // By LookupResult.
  using LookupResults = std::array<uint64_t, kLookupResultCount>;

  static constexpr size_t kMostNames = 16;

  // `on_change` is called when something became known, unknown or different: once in a second at most, however many
  // answers come in it, and never within a call of this object. `dns` and `loop` must outlive this object.
  ClientNames(EventLoop& loop, DnsClient& dns, const NameOptions& options, std::function<void()> on_change);
  ~ClientNames();
  ClientNames(const ClientNames&) = delete;
  ClientNames& operator=(const ClientNames&) = delete;

  // From now on these hosts, and no others, are looked up and kept fresh. Names in policy::CanonicalHostName's form;
  // what no host is called is never asked for.
  void SetHosts(const std::set<std::string>& hosts);

  // A client with this address has a session. To be called for all of them again and again: an address that nobody has
  // wanted for as long as `keep` is not asked for again. If there is no room, the address that was wanted least
  // recently is dropped; if each one was wanted within `keep`, this one is not taken and stays unknown.
  void Want(const policy::IpAddress& address);

  // The names that the address is known to have at this instant; empty: known to have none; nullopt: not known.
  std::optional<std::vector<std::string>> NamesOf(const policy::IpAddress& address) const;

  // The hosts whose addresses are known at this instant; none is empty.
  policy::HostAddresses hosts() const;

  // Change whenever hosts() or any answer of NamesOf did, be it that a fact expired.
  uint64_t hosts_generation();
  uint64_t names_generation();

  // How many look-ups have ended so.
  const LookupResults& results(LookupKind kind) const { return results_[static_cast<size_t>(kind)]; }
  size_t address_count() const { return addresses_.size(); }
  // How often an address was not taken for want of room.
  uint64_t rejected() const { return rejected_; }
  // Questions that wait for their turn: where they grow without end, `per_second` is too low.
  size_t waiting_questions() const { return queue_.waiting(); }

 private:
  using HostTable = FactTable<std::string, std::vector<policy::IpAddress>>;
  using AddressTable = FactTable<policy::IpAddress, std::vector<std::string>>;
  struct HostLookup;
  struct AddressLookup;

  // Forgets what has expired, begins the look-ups that are due, and sets the timer for the next ones.
  void Work();
  void SetTimer();

  void LookUpHost(const HostTable::Ticket& ticket);
  void AskForHost(const std::shared_ptr<HostLookup>& lookup);
  void OnHostAnswers(const std::shared_ptr<HostLookup>& lookup);
  void EndHost(const HostLookup& lookup, LookupResult result, std::vector<policy::IpAddress> addresses,
               absl::Duration ttl);

  void LookUpAddress(const AddressTable::Ticket& ticket);
  void OnNames(const AddressTable::Ticket& ticket, DnsAnswer answer);
  void Confirm(const std::shared_ptr<AddressLookup>& lookup, const std::string& name);
  void EndAddress(const AddressLookup& lookup, LookupResult result);

  absl::Duration ValidFor(absl::Duration ttl) const;
  void Count(LookupKind kind, LookupResult result);
  void NoteChange(uint64_t& generation);

  EventLoop& loop_;
  DnsClient& dns_;
  const NameOptions options_;
  const std::function<void()> on_change_;

  HostTable hosts_;
  AddressTable addresses_;
  std::set<std::string> wanted_hosts_;
  QueryQueue queue_;

  EventLoop::TimerId timer_ = 0;
  SteadyTime timer_at_;
  bool is_change_posted_ = false;
  SteadyTime last_change_ = SteadyTime::InfinitePast();
  uint64_t hosts_generation_ = 0;
  uint64_t names_generation_ = 0;
  std::array<LookupResults, 2> results_{};
  uint64_t rejected_ = 0;
  Lifetime lifetime_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_CLIENT_NAMES_H_
