#include "agent/executor/return_tracker.h"

#include <set>
#include <utility>

#include "policy/model/client_name.h"

namespace idlewarden::agent {

namespace {

// Longer than any sensible time between two enumerations of a server.
constexpr absl::Duration kRemembered = absl::Hours(1);

}  // namespace

// Most sessions are told by their user alone: a client is dearer to bring into its canonical form.
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

void ReturnTracker::AddClosed(const policy::PairKey& key, const CloseOutcome& outcome, absl::Time looked_at,
                              std::optional<int64_t> least_age_seconds) {
  closed_[key] = {.outcome = outcome, .looked_at = looked_at, .least_age_seconds = least_age_seconds};
}

void ReturnTracker::MarkReturned(const policy::PairKey& key) {
  const auto found = closed_.find(key);
  if (found == closed_.end()) return;
  found->second.seen_since = true;
  found->second.returned = true;
}

std::vector<CloseOutcome> ReturnTracker::Observe(absl::string_view server, absl::Time began,
                                                 const std::vector<policy::Session>& sessions) {
  std::vector<CloseOutcome> returned;
  ForEachRemembered(server, sessions, [&](const policy::Session& session, Closed& closed) {
    if (began < closed.outcome.at) return;
    closed.seen_since = true;
    if (!IsReturn(closed, session, began) || std::exchange(closed.returned, true)) return;
    CloseOutcome outcome = closed.outcome;
    outcome.outcome = Outcome::kReturned;
    outcome.at = began;
    outcome.message = "the pair is back with a new session";
    returned.push_back(std::move(outcome));
  });
  return returned;
}

bool ReturnTracker::IsReturn(const Closed& closed, const policy::Session& session, absl::Time began) const {
  const absl::Time last = closed.outcome.at + window_;
  // Where ages are unknown: the close was verified, so whoever is there now has come since.
  if (!session.age_seconds.has_value() || !closed.least_age_seconds.has_value()) return began <= last;
  if (!IsYounger(session, closed.least_age_seconds, began - closed.looked_at)) return false;
  return began - absl::Seconds(*session.age_seconds) <= last;
}

bool ReturnTracker::IsJustClosed(const policy::PairKey& key, absl::Time now) const {
  const auto found = closed_.find(key);
  return found != closed_.end() && !found->second.seen_since && now <= found->second.outcome.at + window_;
}

void ReturnTracker::DropClosedSince(absl::string_view server, absl::Time began,
                                    std::vector<policy::Session>& sessions) const {
  std::set<policy::PairKey> since;
  for (auto it = closed_.lower_bound(policy::FirstKeyOf(server)); it != closed_.end() && it->first.server == server;
       ++it) {
    if (began < it->second.outcome.at) since.insert(it->first);
  }
  if (since.empty()) return;
  std::erase_if(sessions, [&](const policy::Session& session) {
    return since.contains(policy::PairKeyOf(server, session.client, session.user));
  });
}

void ReturnTracker::Prune(absl::Time now) {
  std::erase_if(closed_, [&](const auto& item) { return now > item.second.outcome.at + kRemembered; });
}

}  // namespace idlewarden::agent
