// `idlewarden audit`: reads and verifies an agent's audit trail, from its state directory, also while it runs.

#ifndef IDLEWARDEN_TOOLS_CLI_AUDIT_COMMAND_H_
#define IDLEWARDEN_TOOLS_CLI_AUDIT_COMMAND_H_

#include <string>

#include "tools/cli/output.h"

namespace idlewarden::tools {

struct AuditOptions {
  std::string state_dir = "/var/lib/idlewarden";
  std::string since;  // RFC 3339; this and what follows: empty selects all
  std::string until;
  std::string server;
  std::string user;
  std::string outcome;
  std::string format = "jsonl";  // jsonl | csv
  std::string show;              // policies: the beginning of a hash; empty lists them
};

// Walks the chain; kFailed naming the first record that was changed, removed or moved.
int RunAuditVerify(const AuditOptions& options, Output& output);

// Prints the selected records, oldest first.
int RunAuditExport(const AuditOptions& options, Output& output);

// Lists the policies that were in force, oldest first, or prints the text of one. kFailed if there is none such.
int RunAuditPolicies(const AuditOptions& options, Output& output);

// Lists what cycles came to, among them each plan that the audit trail names, oldest first; since `since`, if it is
// given.
int RunAuditCycles(const AuditOptions& options, Output& output);

}  // namespace idlewarden::tools

#endif  // IDLEWARDEN_TOOLS_CLI_AUDIT_COMMAND_H_
