// The pause in the ledger: an agent that was paused stays so after a restart. Beginning and end are audited.
//
// Threads: as Database.

#ifndef IDLEWARDEN_AGENT_LEDGER_PAUSE_RECORD_H_
#define IDLEWARDEN_AGENT_LEDGER_PAUSE_RECORD_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

struct PauseRecord {
  absl::Time since;
  std::string by;  // both may be empty
  std::string reason;
};

// Replaces a pause that is in force.
absl::Status WritePause(Database& database, absl::string_view agent, const PauseRecord& pause);
// OK if there is none.
absl::Status EndPause(Database& database, absl::string_view agent, absl::Time at, absl::string_view by);
// nullopt if there is none.
absl::StatusOr<std::optional<PauseRecord>> ReadPause(Database& database);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_PAUSE_RECORD_H_
