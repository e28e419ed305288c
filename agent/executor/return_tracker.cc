#include "agent/executor/return_tracker.h"

#include <set>
#include <utility>

#include "agent/executor/close_verdict.h"
#include "policy/model/client_name.h"

namespace idlewarden::agent {

namespace {

// Longer than any sensible time between two enumerations of a server.
constexpr absl::Duration kRemembered = absl::Hours(1);

}  // namespace

// Most sessions are told apart by their user alone, which spares canonicalizing their client: that is more expensive.
template <typename Visit>
void ReturnTracker::ForEachRemembered(absl::string_view server, const std::vector<policy::Session>& sessions,
                                      const Visit& visit) {
  std::set<absl::string_view> users;
  const auto first = closed_.lower_bound(policy::FirstKeyOf(server));
  for (auto it = first; it != closed_.end() && it->first.server == server; ++it) users.insert(it->first.user);
  if (users.empty()) return;
  for (const policy::Session& session : sessions) {
    if (!users.contains(policy::CanonicalUser(session.user))) continue;
    const auto found = closed_.find(policy::PairKeyOf(server, session.client, session.user));
    if (found != closed_.end()) visit(session, found->second);
  }
}

std::shared_ptr<const ReturnTracker::Origin> ReturnTracker::OriginOf(const CloseIntent& intent) {
  Origin origin{intent.rule, intent.required, intent.plan_id, intent.policy_hash, intent.scope};
  std::weak_ptr<const Origin>& known = origins_[origin];
  std::shared_ptr<const Origin> shared = known.lock();
  if (shared == nullptr) {
    shared = std::make_shared<const Origin>(std::move(origin));
    known = shared;
  }
  return shared;
}

void ReturnTracker::AddClosed(const policy::PairKey& key, const CloseOutcome& outcome, SteadyTime rechecked_at,
                              std::optional<int64_t> least_age_seconds) {
  closed_[key] = {.intent_id = outcome.intent_id,
                  .client = outcome.intent.client,
                  .user = outcome.intent.user,
                  .origin = OriginOf(outcome.intent),
                  .at = outcome.at,
                  .rechecked_at = rechecked_at,
                  .least_age_seconds = least_age_seconds};
}

void ReturnTracker::MarkReturned(const policy::PairKey& key) {
  const auto found = closed_.find(key);
  if (found == closed_.end()) return;
  found->second.seen_since = true;
  found->second.returned = true;
}

CloseOutcome ReturnTracker::ReturnOf(const std::string& server, const Closed& closed, SteadyTime at) const {
  return {.intent_id = closed.intent_id,
          .at = at,
          .outcome = Outcome::kReturned,
          .message = kReturnedMessage,
          .intent = {.server = server,
                     .client = closed.client,
                     .user = closed.user,
                     .scope = closed.origin->scope,
                     .rule = closed.origin->rule,
                     .required = closed.origin->required,
                     .plan_id = closed.origin->plan_id,
                     .policy_hash = closed.origin->policy_hash}};
}

std::vector<CloseOutcome> ReturnTracker::Observe(absl::string_view server, SteadyTime began,
                                                 const std::vector<policy::Session>& sessions) {
  std::vector<CloseOutcome> returned;
  ForEachRemembered(server, sessions, [&](const policy::Session& session, Closed& closed) {
    if (began < closed.at) return;
    closed.seen_since = true;
    const bool ages_known = session.age_seconds.has_value() && closed.least_age_seconds.has_value();
    if (ages_known && !BeganSince(session, closed.least_age_seconds, began - closed.rechecked_at)) return;
    if (!IsReturn(session, closed.least_age_seconds, began - closed.at) || std::exchange(closed.returned, true)) return;
    returned.push_back(ReturnOf(std::string(server), closed, began));
  });
  return returned;
}

bool ReturnTracker::IsJustClosed(const policy::PairKey& key, SteadyTime now) const {
  const auto found = closed_.find(key);
  return found != closed_.end() && !found->second.seen_since && now <= found->second.at + kReturnWindow;
}

void ReturnTracker::DropClosedSince(absl::string_view server, SteadyTime began,
                                    std::vector<policy::Session>& sessions) const {
  std::set<policy::PairKey> since;
  for (auto it = closed_.lower_bound(policy::FirstKeyOf(server)); it != closed_.end() && it->first.server == server;
       ++it) {
    if (began < it->second.at) since.insert(it->first);
  }
  if (since.empty()) return;
  std::erase_if(sessions, [&](const policy::Session& session) {
    return since.contains(policy::PairKeyOf(server, session.client, session.user));
  });
}

void ReturnTracker::Prune(SteadyTime now) {
  std::erase_if(closed_, [&](const auto& item) { return now > item.second.at + kRemembered; });
  std::erase_if(origins_, [](const auto& item) { return item.second.expired(); });
}

}  // namespace idlewarden::agent
