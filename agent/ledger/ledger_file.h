// Where the ledger's file lies in a state directory, and how the command line reads it beside a running agent.

#ifndef IDLEWARDEN_AGENT_LEDGER_LEDGER_FILE_H_
#define IDLEWARDEN_AGENT_LEDGER_LEDGER_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

// "STATE_DIR/ledger.db".
std::string LedgerPath(absl::string_view state_dir);

// NotFound that says what to do if there is none; FailedPrecondition for a newer schema.
absl::StatusOr<Database> OpenLedgerForReading(absl::string_view state_dir);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_LEDGER_FILE_H_
