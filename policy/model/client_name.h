// Which spellings name the same client and the same user: what the pair identity and all comparisons rest on.
//
// Servers spell one client as "\\10.0.0.5", "10.0.0.5", "[2001:db8::1]", "fe80::1%eth0" or "::ffff:10.0.0.5". The
// server's own spelling is kept for the close; everything else compares the canonical form. Pure functions.

#ifndef IDLEWARDEN_POLICY_MODEL_CLIENT_NAME_H_
#define IDLEWARDEN_POLICY_MODEL_CLIENT_NAME_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "policy/model/ip.h"

namespace idlewarden::policy {

// What a client's string says.
struct ClientName {
  std::string name;                  // see CanonicalClient
  std::optional<IpAddress> address;  // if it is one
  bool nameable = false;             // see CanNameClient
};
ClientName ParseClientName(absl::string_view client);

// Without leading backslashes, square brackets and IPv6 zone; an address in its standard text form (an IPv4-mapped one
// as IPv4), a name case-folded. Empty if nothing is left: such a client must never be named in a close.
std::string CanonicalClient(absl::string_view client);

// The user as it is compared: case-folded, domain kept.
std::string CanonicalUser(absl::string_view user);

// The part of a user after the last backslash; all of it if there is none.
absl::string_view AccountPart(absl::string_view user);

// False if a close that names it could be taken for a wildcard: nothing is left of it, or it holds a NUL, at which the
// other side would stop reading.
bool CanNameClient(absl::string_view client);
bool CanNameUser(absl::string_view user);

bool SameClient(absl::string_view a, absl::string_view b);
bool SameUser(absl::string_view a, absl::string_view b);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_CLIENT_NAME_H_
