// Rules that the agent has demoted to observe because their closes went wrong, in the ledger. Beginning and end are
// audited.
//
// Threads: as Database.

#ifndef IDLEWARDEN_AGENT_LEDGER_DEMOTION_RECORDS_H_
#define IDLEWARDEN_AGENT_LEDGER_DEMOTION_RECORDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/ledger/database.h"

namespace idlewarden::agent {

struct Demotion {
  std::string rule;
  absl::Time since;
  std::string why;  // one sentence
};

// Replaces one of the same rule.
absl::Status WriteDemotion(Database& database, absl::string_view agent, const Demotion& demotion);
// Ends it. NotFound if the rule is not demoted.
absl::Status EndDemotion(Database& database, absl::string_view agent, absl::string_view rule, absl::Time at,
                         absl::string_view by, absl::string_view reason);
// By rule.
absl::StatusOr<std::vector<Demotion>> ReadDemotions(Database& database);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_DEMOTION_RECORDS_H_
