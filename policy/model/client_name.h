// Which spellings name the same client and the same user: what the pair identity and all comparisons rest on.
//
// Servers spell one client as "\\10.0.0.5", "10.0.0.5", "[2001:db8::1]", "fe80::1%eth0" or "::ffff:10.0.0.5", one host
// as "pc-1" or "pc-1.corp.example.", and one user as "bob", "CORP\bob" or "bob@corp.example". The server's own spelling
// is kept for the close; everything else compares what is found here. Two spellings are the same for certain, different
// for certain, or nobody can know: MatchHostName and ParseUser tell these apart. Pure functions.

#ifndef IDLEWARDEN_POLICY_MODEL_CLIENT_NAME_H_
#define IDLEWARDEN_POLICY_MODEL_CLIENT_NAME_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "policy/model/answer.h"
#include "policy/model/ip.h"

namespace idlewarden::policy {

// What a client's string says.
struct ClientName {
  std::string name;                  // see CanonicalClient
  std::optional<IpAddress> address;  // if it is one
  bool nameable = false;             // see CanNameClient
};
ClientName ParseClientName(absl::string_view client);

// Without leading backslashes, square brackets, IPv6 zone and trailing dots; an address in its standard text form (an
// IPv4-mapped one as IPv4), a name case-folded. Empty if nothing is left: such a client must never be named in a close.
std::string CanonicalClient(absl::string_view client);

// A host name, or a glob for host names, as they are compared: case-folded, without the dot that ends a name that is
// qualified up to the root.
std::string CanonicalHostName(absl::string_view name);

// Whether a host is one that the glob means; both in canonical form. Yes if the glob covers the whole name. Unknown if
// just one of them has a domain and their first labels match: "backup01" and "backup01.corp.example" are probably one
// host. Else no.
Answer MatchHostName(absl::string_view glob, absl::string_view name);

// The name up to its first dot; all of it if there is none.
absl::string_view FirstLabel(absl::string_view host_name);

// How a user's text names the domain.
enum class UserNotation : uint8_t {
  kBare,       // not at all
  kBackslash,  // DOMAIN\name, or with the separator of the server
  kAt,         // name@realm
};

// The parts of a user, or of an entry for users.
struct UserName {
  absl::string_view account;
  absl::string_view domain;  // may be empty in any notation
  UserNotation notation = UserNotation::kBare;
};

// Splits at the last backslash, else at the last `@`, else at the first `separator` (winbind's, of the server that
// reported the user; empty: none). The parts point into `user`.
UserName ParseUser(absl::string_view user, absl::string_view separator = "");

// The user as it is compared: case-folded, domain kept.
std::string CanonicalUser(absl::string_view user);

// False if a close that names it could be taken for a wildcard: nothing is left of it, or it holds a NUL, at which the
// other side would stop reading.
bool CanNameClient(absl::string_view client);
bool CanNameUser(absl::string_view user, absl::string_view separator = "");

// Whether they are one client, or one user, of a pair: the same text but for spelling. A close is for what the server
// calls by this name, so here "bob" and "CORP\bob" are two.
bool SameClient(absl::string_view a, absl::string_view b);
bool SameUser(absl::string_view a, absl::string_view b);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_CLIENT_NAME_H_
