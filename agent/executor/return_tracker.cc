#include "agent/executor/return_tracker.h"

#include <utility>

namespace idlewarden::agent {

namespace {

// Longer than any sensible time between two enumerations of a server.
constexpr absl::Duration kRemembered = absl::Hours(1);

}  // namespace

void ReturnTracker::AddClosed(const PairKey& key, const CloseOutcome& outcome, absl::Time looked_at,
                              std::optional<int64_t> least_age_seconds) {
  closed_[key] = {.outcome = outcome, .looked_at = looked_at, .least_age_seconds = least_age_seconds};
}

void ReturnTracker::MarkReturned(const PairKey& key) {
  const auto found = closed_.find(key);
  if (found == closed_.end()) return;
  found->second.seen_since = true;
  found->second.returned = true;
}

std::vector<CloseOutcome> ReturnTracker::Observe(absl::string_view server, absl::Time began,
                                                 const std::vector<policy::Session>& sessions) {
  std::vector<CloseOutcome> returned;
  if (closed_.empty()) return returned;
  for (const policy::Session& session : sessions) {
    const auto found = closed_.find(PairKeyOf(server, session.client, session.user));
    if (found == closed_.end()) continue;
    Closed& closed = found->second;
    if (began < closed.outcome.at) continue;
    closed.seen_since = true;
    if (!IsReturn(closed, session, began) || std::exchange(closed.returned, true)) continue;
    CloseOutcome outcome = closed.outcome;
    outcome.outcome = Outcome::kReturned;
    outcome.at = began;
    outcome.message = "the pair is back with a new session";
    returned.push_back(std::move(outcome));
  }
  return returned;
}

bool ReturnTracker::IsReturn(const Closed& closed, const policy::Session& session, absl::Time began) const {
  const absl::Time last = closed.outcome.at + window_;
  // Where ages are unknown: the close was verified, so whoever is there now has come since.
  if (!session.age_seconds.has_value() || !closed.least_age_seconds.has_value()) return began <= last;
  if (!IsYounger(session, closed.least_age_seconds, began - closed.looked_at)) return false;
  return began - absl::Seconds(*session.age_seconds) <= last;
}

bool ReturnTracker::IsJustClosed(const PairKey& key, absl::Time now) const {
  const auto found = closed_.find(key);
  return found != closed_.end() && !found->second.seen_since && now <= found->second.outcome.at + window_;
}

bool ReturnTracker::WasClosedSince(const PairKey& key, absl::Time began) const {
  const auto found = closed_.find(key);
  return found != closed_.end() && began < found->second.outcome.at;
}

void ReturnTracker::Prune(absl::Time now) {
  std::erase_if(closed_, [&](const auto& item) { return now > item.second.outcome.at + kRemembered; });
}

}  // namespace idlewarden::agent
