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

#include "absl/time/time.h"

namespace idlewarden::policy {

// A row of SESSION_INFO_x (MS-SRVS 2.2.4.11-2.2.4.15). Several rows may carry the same client and user: nothing in any
// level identifies a session uniquely.
struct Session {
  std::string client;  // as the server spelled it; needed unchanged to close it
  std::string user;
  std::optional<int64_t> idle_seconds;
  std::optional<int64_t> age_seconds;
  std::optional<int64_t> open_files;
  std::optional<std::string> client_type;
  std::optional<std::string> transport;
  std::optional<bool> guest;
  std::optional<std::string> address;  // the client's resolved address, where its string is a name
  bool own = false;                    // the agent's own session: never closed
  // A recording may say nothing of them; they are then empty, but were not reported as empty.
  bool client_absent = false;
  bool user_absent = false;
};

// What one NetSessionDel of a (client, user) pair really ends.
enum class CloseScope {
  kPair,    // the sessions of that pair
  kClient,  // the client's whole connection, all its users (Samba)
};

// One server's enumeration.
struct ServerSnapshot {
  std::string name;
  std::map<std::string, std::string> labels;
  bool complete = true;  // false: rows are missing or stale; nothing of it is closed
  CloseScope close_scope = CloseScope::kPair;
  std::vector<Session> sessions;
};

// The enumerations of one moment; what a snapshot file holds.
struct Snapshot {
  absl::Time taken_at;
  std::vector<ServerSnapshot> servers;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_SESSION_H_
