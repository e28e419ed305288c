// The addresses of the host names that a policy's literal client entries name: what a name answers for a session of
// which the server reports an address only.
//
// Immutable: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_MODEL_KNOWN_HOSTS_H_
#define IDLEWARDEN_POLICY_MODEL_KNOWN_HOSTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "policy/model/ip.h"
#include "policy/model/session.h"
#include "policy/model/unique_id.h"

namespace idlewarden::policy {

class KnownHosts {
 public:
  // Names need not be in canonical form; the addresses of names that are the same are put together.
  explicit KnownHosts(const HostAddresses& hosts);

  // Tells these hosts from all others.
  uint64_t serial() const { return serial_.number(); }

  // By name in the form of CanonicalHostName; addresses ascending, each once.
  const HostAddresses& all() const { return hosts_; }
  // The addresses of a host; empty: it has none. Null: not known. `name` is in canonical form.
  const std::vector<IpAddress>* Find(const std::string& name) const;

 private:
  const UniqueId serial_;
  HostAddresses hosts_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_KNOWN_HOSTS_H_
