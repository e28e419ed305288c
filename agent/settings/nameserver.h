// The address of a DNS name server, as settings have it. Plain value and a pure function.

#ifndef IDLEWARDEN_AGENT_SETTINGS_NAMESERVER_H_
#define IDLEWARDEN_AGENT_SETTINGS_NAMESERVER_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/model/ip.h"

namespace idlewarden::agent {

struct Nameserver {
  policy::IpAddress address;
  std::optional<uint16_t> port;  // none: that of DNS
};

// "10.0.0.53", "127.0.0.1:5353", "2001:db8::53" or "[::1]:5353". Else InvalidArgument that says how to write one.
absl::StatusOr<Nameserver> ParseNameserver(absl::string_view text);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_NAMESERVER_H_
