// Exemptions: sessions that operators keep from being closed until a set time, whatever the policy says.
//
// An exemption is a protection with an end: its entries are those of the policy language, read by the same compiler and
// answered by the same evaluator, and where the answer is unknown it covers. It is in the ledger before it is said to
// be in force.
//
// Threads: not synchronised; the event loop only.

#ifndef IDLEWARDEN_AGENT_OVERRIDES_EXEMPTIONS_H_
#define IDLEWARDEN_AGENT_OVERRIDES_EXEMPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/ledger/exemption_records.h"
#include "agent/ledger/ledger.h"
#include "agent/overrides/operator_note.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/model/session_table.h"

namespace idlewarden::agent {

class Exemptions {
 public:
  using List = std::shared_ptr<const std::vector<Exemption>>;

  Exemptions(Ledger& ledger, std::string agent_name) : ledger_(ledger), agent_name_(std::move(agent_name)) {}

  // Takes up those of the ledger.
  absl::Status Restore(absl::Time now);

  // Adds one; its id and time of creation are set here. InvalidArgument that says what is wrong with an entry, or that
  // it names neither users nor clients, nobody to have said so, or no end in the future; ResourceExhausted if there are
  // too many; the ledger's error if it cannot be written. It is not in force then.
  absl::StatusOr<Exemption> Add(Exemption exemption, absl::Time now);
  // NotFound if there is none of this id. One that cannot be written to have ended stays in force.
  absl::StatusOr<Exemption> Remove(int64_t id, const OperatorNote& note, absl::Time now);

  // Ends those whose time is over. True if there was one.
  bool Expire(absl::Time now);
  // InfiniteFuture if there is none.
  absl::Time NextExpiry() const;

  // By row of the server: whether one covers the session, or may. From any thread while nothing else is called.
  std::vector<bool> Covered(const policy::ServerView& server, absl::Time at) const;
  // Another number whenever Covered may answer otherwise.
  uint64_t version() const { return version_; }

  // The hosts that they name, as HostNamesOf a policy.
  std::set<std::string> HostNames() const;

  bool empty() const { return list_->empty(); }
  const List& list() const { return list_; }  // oldest first; never null

 private:
  void Set(std::vector<Exemption> exemptions);

  Ledger& ledger_;
  const std::string agent_name_;
  List list_ = std::make_shared<const std::vector<Exemption>>();
  std::shared_ptr<const policy::CompiledPolicy> policy_;  // one protection for each; null: none
  uint64_t version_ = 0;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_OVERRIDES_EXEMPTIONS_H_
