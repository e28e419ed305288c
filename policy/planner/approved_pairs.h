// The pairs that an operator has released although a limit holds them back: those of one or more held plans.
//
// An approved pair still counts for the limits, so that what was not approved stays held beside it. An approval covers
// a pair for as long as it is planned for the same rule with no more sessions, and for not a moment longer.
//
// Threads: not synchronised; a plain value.

#ifndef IDLEWARDEN_POLICY_PLANNER_APPROVED_PAIRS_H_
#define IDLEWARDEN_POLICY_PLANNER_APPROVED_PAIRS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "policy/model/plan.h"
#include "policy/model/session.h"

namespace idlewarden::policy {

class ApprovedPairs {
 public:
  // A pair as the planner sees it; client and user in canonical form.
  struct Pair {
    absl::string_view server;
    absl::string_view client;
    absl::string_view user;
    std::optional<absl::string_view> connection;  // as in PairKey
    absl::string_view rule;
    CloseScope scope = CloseScope::kPair;
    int64_t sessions = 0;  // that its close would end
  };

  // Adds the held pairs of `plan`. A pair that is approved already belongs to the newer plan.
  void AddHeldPairsOf(const Plan& plan);

  // The id of the approved plan, null if no approval covers the pair.
  const std::string* Find(const Pair& pair) const;

  // Forgets the approved pairs that `plan` does not close, but for those of servers about which it says nothing:
  // `unseen` is true for a server whose enumeration is incomplete.
  void KeepOnlyThoseOf(const Plan& plan, const std::function<bool(absl::string_view server)>& unseen);

  void Clear() { pairs_.clear(); }
  bool empty() const { return pairs_.empty(); }
  size_t size() const { return pairs_.size(); }

 private:
  struct Approved {
    std::string server;
    std::string plan_id;
    int64_t sessions = 0;
  };

  // By server, client, user, rule, scope and connection.
  absl::flat_hash_map<std::string, Approved> pairs_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_APPROVED_PAIRS_H_
