// DnsClient: what ClientNames asks of DNS.
//
// Threads: called on the event loop. Answers come on the event loop, once each, never within the call.

#ifndef IDLEWARDEN_AGENT_NAMES_DNS_CLIENT_H_
#define IDLEWARDEN_AGENT_NAMES_DNS_CLIENT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/model/ip.h"

namespace idlewarden::agent {

struct DnsAnswer {
  enum class Kind {
    kFound,
    kNone,     // DNS says that there is none: NXDOMAIN, or no record of the kind
    kTimeout,  // no answer
    kFailed,   // an answer that says nothing: SERVFAIL, REFUSED, malformed
  };
  Kind kind = Kind::kFailed;
  std::vector<std::string> names;            // of Reverse, as DNS has them
  std::vector<policy::IpAddress> addresses;  // of Forward
  absl::Duration ttl = absl::InfiniteDuration();
};

class DnsClient {
 public:
  using Callback = std::function<void(DnsAnswer)>;

  virtual ~DnsClient() = default;

  // The host names of an address (PTR, RFC 1035 section 3.5, RFC 3596 section 2.5).
  virtual void Reverse(const policy::IpAddress& address, Callback done) = 0;

  // All addresses of a host name: A and AAAA. Found only where both were answered: half of the addresses would pass for
  // all of them.
  virtual void Forward(const std::string& name, Callback done) = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_DNS_CLIENT_H_
