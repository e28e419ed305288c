// Host names as DNS has them, and which names and addresses are worth a question. Pure functions.
//
// Policies and DNS spell one host in many ways: case, a trailing dot. Everything here and in ClientNames goes by the
// canonical form. Whoever runs a reverse zone may write into it what they like, so what comes from there is refused
// unless it is a plain host name.

#ifndef IDLEWARDEN_AGENT_NAMES_HOST_NAME_H_
#define IDLEWARDEN_AGENT_NAMES_HOST_NAME_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/model/ip.h"

namespace idlewarden::agent {

// Case-folded and without the trailing dot. nullopt for what no host is called: more than 253 bytes or 63 in a label
// (RFC 1035 section 2.3.4), an empty label, ASCII other than letters, digits, '-' and '_', what is not UTF-8 or cannot
// be shown, and an address: a PTR record that names one would confirm itself. Letters beyond ASCII are let through,
// because DNS servers of Active Directory have them, as UTF-8.
std::optional<std::string> ParseHostName(absl::string_view text);

// The name whose PTR records name `address` (RFC 1035 section 3.5, RFC 3596 section 2.5).
std::string ReverseName(const policy::IpAddress& address);

// The names to ask for in turn, for a host as a policy writes it. A name with a dot is taken as it is: completing it as
// well could find another host by a wildcard record. One without is completed with each search domain, and asked for as
// it is at last.
std::vector<std::string> SearchNames(const std::string& host, const std::vector<std::string>& domains);

// Loopback and unspecified addresses, as blocking DNS servers and copies of /etc/hosts answer for hosts that are
// somewhere else: what they say of a host is not where its sessions come from.
bool IsPlaceholder(const policy::IpAddress& address);

// Whether DNS can know the address: not placeholders and link-local ones, which mean another host on each network.
bool IsInDns(const policy::IpAddress& address);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_NAMES_HOST_NAME_H_
