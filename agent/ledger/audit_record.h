// One audit record: what was decided and done about one (client, user) pair, or about many that were refused alike,
// with the measured and the required values. Closes, refusals and held pairs are recorded alike; so are the acts of
// operators that change what is closed, which name no pair.

#ifndef IDLEWARDEN_AGENT_LEDGER_AUDIT_RECORD_H_
#define IDLEWARDEN_AGENT_LEDGER_AUDIT_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace idlewarden::agent {

// A session that the close ends or would end, as last measured: before a close by the look right before it.
struct AuditSession {
  std::string user;
  std::optional<int64_t> idle_seconds;
  bool idle_at_least = false;  // only known to be no less
  std::optional<int64_t> age_seconds;
  std::optional<int64_t> open_files;
};

struct AuditRecord {
  absl::Time time;  // microseconds are kept
  std::string agent;
  std::string server;
  std::string client;  // as the server spelled it
  std::string user;
  std::string connection;  // that the close ends, where it ends one transport connection; else empty
  // Not 0: the record is of so many pairs of the server, refused for one reason by one rule. It names none of them:
  // client, user and sessions are empty.
  int64_t pairs = 0;
  std::vector<AuditSession> sessions;  // of the whole scope: the pair's own and the collateral ones
  int64_t collateral = 0;              // how many of these are of other users: they end with the client's connection
  std::string rule;
  std::string required;  // the rule's limits in words, e.g. "idle >= 15m, open_files 0"
  std::string mode;      // observe | enforce
  std::string plan_id;
  std::string policy_hash;
  uint32_t windows_error = 0;
  std::string windows_error_name;  // "ERROR_ACCESS_DENIED"; empty for 0
  std::string outcome;             // closed, gone-already, …; held, refused; of operators: …
  std::string message;
  absl::Duration duration;  // milliseconds are kept
  std::string by;           // the operator, for what one did
};

// The record as one line of JSON, members in a fixed order: the text that is stored and hashed.
// Names are UTF-8: the decoders of enumerations see to it.
std::string AuditRecordJson(const AuditRecord& record);

// Reads AuditRecordJson's text, also that of an AuditLine. Unknown members are ignored; DataLoss if it is no such text.
absl::StatusOr<AuditRecord> ParseAuditRecord(absl::string_view json);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_AUDIT_RECORD_H_
