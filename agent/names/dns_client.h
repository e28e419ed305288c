// DnsClient: one question to DNS, answered on the event loop. The edge between what is known of names (ClientNames) and
// the library that asks.
//
// Threads: called on the event loop. Each question is answered there once, never within the call, and not any more once
// the client is destroyed.

#ifndef IDLEWARDEN_AGENT_NAMES_DNS_CLIENT_H_
#define IDLEWARDEN_AGENT_NAMES_DNS_CLIENT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/model/ip.h"

namespace idlewarden::agent {

// RFC 1035 section 3.2.2, RFC 3596 section 2.1.
enum class DnsType { kA = 1, kPtr = 12, kAaaa = 28 };

struct DnsQuestion {
  DnsType type = DnsType::kA;
  std::string name;  // complete, without a trailing dot

  friend bool operator==(const DnsQuestion&, const DnsQuestion&) = default;
};

struct DnsAnswer {
  enum class Kind {
    kFound,
    kNone,     // DNS says that there is none: NXDOMAIN, or no record of that type
    kTimeout,  // no answer in time
    kFailed,   // an answer that says nothing: SERVFAIL, REFUSED, malformed; or nobody there
  };
  Kind kind = Kind::kFailed;
  std::vector<std::string> names;            // of PTR, as DNS has them: see ParseHostName
  std::vector<policy::IpAddress> addresses;  // of A and AAAA
  absl::Duration ttl = absl::InfiniteDuration();
};

class DnsClient {
 public:
  using Done = std::function<void(DnsAnswer)>;

  virtual ~DnsClient() = default;

  // Asks for exactly this name; aliases (CNAME) are followed. Takes no longer than the client's timeout.
  virtual void Ask(const DnsQuestion& question, Done done) = 0;

  // The domains in which the system looks for names without a dot.
  virtual std::vector<std::string> SearchDomains() const = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_DNS_CLIENT_H_
