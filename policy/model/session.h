// One SMB session as an enumeration reported it, and one server's enumeration: the values that enter the policy core.
//
// Plain values, no thread rule. A field that the server did not report, or that cannot be trusted, is absent; absent is
// never the same as zero, because unknown must never close a session.

#ifndef IDLEWARDEN_POLICY_MODEL_SESSION_H_
#define IDLEWARDEN_POLICY_MODEL_SESSION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "policy/model/ip.h"

namespace idlewarden::policy {

// Whether the server's idle time is what it is, or only known to be no less.
enum class IdleBound : uint8_t {
  kExact,
  kAtLeast,  // idle for at least that long: the last use was not seen
};

// A row of SESSION_INFO_x (MS-SRVS 2.2.4.11-2.2.4.15). Several rows may carry the same client and user: nothing in any
// level identifies a session uniquely.
struct Session {
  std::string client;  // as the server spelled it; needed unchanged to close it
  std::string user;
  std::optional<int64_t> idle_seconds;
  IdleBound idle_bound = IdleBound::kExact;  // of idle_seconds
  std::optional<int64_t> age_seconds;
  std::optional<int64_t> open_files;
  std::optional<std::string> client_type;
  std::optional<std::string> transport;
  std::optional<bool> guest;
  std::optional<std::string> address;  // the client's resolved address, where its string is a name
  // The host names that the client's address is known to have; empty: known to have none; absent: unknown.
  std::optional<std::vector<std::string>> names;
  // On a server with CloseScope::kConnection: equal for the sessions that end together. Opaque; an empty one is none.
  std::optional<std::string> connection;
  bool own = false;  // the agent's own session: never closed
  // A recording may say nothing of them; they are then empty, but were not reported as empty.
  bool client_absent = false;
  bool user_absent = false;
};

// What one close of a session really ends.
enum class CloseScope : uint8_t {
  kPair,        // the sessions of its (client, user) pair: NetSessionDel on Windows
  kClient,      // all of the client's sessions, whoever's: NetSessionDel on Samba
  kConnection,  // the sessions of one transport connection; without a `connection` as kClient
};

// "exact", "at-least": the words of snapshots and audit.
absl::string_view IdleBoundName(IdleBound bound);
std::optional<IdleBound> IdleBoundOf(absl::string_view name);

// "pair", "client", "connection": the words of snapshots, status and audit.
absl::string_view CloseScopeName(CloseScope scope);
std::optional<CloseScope> CloseScopeOf(absl::string_view name);

// Host names, case-folded and without a trailing dot, with the addresses that they are known to have.
using HostAddresses = std::map<std::string, std::vector<IpAddress>>;

// One server's enumeration.
struct ServerSnapshot {
  std::string name;
  std::map<std::string, std::string> labels;
  bool complete = true;  // false: rows are missing or stale; nothing of it is closed
  CloseScope close_scope = CloseScope::kPair;
  // Splits a user's text without backslash and `@` into domain and account, at its first occurrence (winbind's, where
  // that is not the backslash); empty: none.
  std::string domain_separator;
  std::vector<Session> sessions;
};

// The enumerations of one moment; what a snapshot file holds.
struct Snapshot {
  absl::Time taken_at;
  std::vector<ServerSnapshot> servers;
  HostAddresses hosts;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_SESSION_H_
