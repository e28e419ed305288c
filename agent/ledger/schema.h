// The ledger's tables and their versions.

#ifndef IDLEWARDEN_AGENT_LEDGER_SCHEMA_H_
#define IDLEWARDEN_AGENT_LEDGER_SCHEMA_H_

#include "absl/status/status.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

// The version that this program writes.
int LedgerSchemaVersion();

// FailedPrecondition if the file was written by a newer idlewarden than this.
absl::Status CheckLedgerVersion(Database& database);

// Brings a database to this program's version, each step in a transaction of its own. FailedPrecondition if the file
// was written by a newer idlewarden: nothing is touched then. `version`: an older one, for tests of the steps after it.
absl::Status MigrateLedger(Database& database, int version = LedgerSchemaVersion());

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_SCHEMA_H_
