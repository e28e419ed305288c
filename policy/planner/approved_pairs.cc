#include "policy/planner/approved_pairs.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "policy/model/client_name.h"

namespace idlewarden::policy {
namespace {

std::string KeyOf(const ApprovedPairs::Pair& pair) {
  const absl::string_view end("\0", 1);
  return absl::StrCat(pair.server, end, pair.client, end, pair.user, end, pair.rule, end, CloseScopeName(pair.scope),
                      end,
                      pair.connection.value_or(""));  // an empty one is none
}

std::string KeyOfPlanned(const PlannedPair& pair) {
  const std::string client = CanonicalClient(pair.client);
  const std::string user = CanonicalUser(pair.user);
  return KeyOf({.server = pair.server,
                .client = client,
                .user = user,
                .connection = pair.connection,
                .rule = pair.rule,
                .scope = pair.scope});
}

}  // namespace

void ApprovedPairs::AddHeldPairsOf(const Plan& plan) {
  for (const PlannedPair& pair : plan.pairs) {
    if (pair.decision != Decision::kHeld) continue;
    pairs_.insert_or_assign(
        KeyOfPlanned(pair),
        Approved{.server = pair.server, .plan_id = plan.id, .sessions = static_cast<int64_t>(pair.sessions.size())});
  }
}

const std::string* ApprovedPairs::Find(const Pair& pair) const {
  if (pairs_.empty()) return nullptr;
  const auto found = pairs_.find(KeyOf(pair));
  return found == pairs_.end() || pair.sessions > found->second.sessions ? nullptr : &found->second.plan_id;
}

void ApprovedPairs::KeepOnlyThoseOf(const Plan& plan, const std::function<bool(absl::string_view server)>& unseen) {
  if (pairs_.empty()) return;
  absl::flat_hash_set<std::string> closing;
  for (const PlannedPair& pair : plan.pairs) {
    if (pair.decision == Decision::kClose) closing.insert(KeyOfPlanned(pair));
  }
  absl::erase_if(pairs_,
                 [&](const auto& item) { return !closing.contains(item.first) && !unseen(item.second.server); });
}

}  // namespace idlewarden::policy
