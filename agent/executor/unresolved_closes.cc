#include "agent/executor/unresolved_closes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/executor/close_verdict.h"

namespace idlewarden::agent {

void UnresolvedCloses::Add(UnresolvedClose close) {
  const policy::PairKey key = policy::PairKeyOf(close.intent.server, close.intent.client, close.intent.user);
  unresolved_.emplace(key, Unresolved{.close = std::move(close)});
}

bool UnresolvedCloses::Judge(Unresolved& open, SteadyTime began, const std::vector<policy::Session>& sessions,
                             CloseOutcome& outcome, bool& returned) const {
  const UnresolvedClose& close = open.close;
  if (began < close.sent_at) return false;
  // Servers were seen to answer with an empty list by mistake.
  if (sessions.empty() && !std::exchange(open.seen_empty, true)) return false;
  const std::vector<policy::Session> pair = OfPair(close.intent, sessions);
  const std::optional<int64_t> least_age = LeastAgeSeconds(OfPair(close.intent, close.intent.sessions));
  const bool gone = AreGone({least_age, began - close.rechecked_at, pair});
  if (!gone && began < close.sent_at + patience_) return false;
  Verified verified = VerifyUnanswered(gone, least_age.has_value() && LeastAgeSeconds(pair).has_value());
  outcome = {.intent_id = close.intent_id,
             .outcome = verified.outcome,
             .message = std::move(verified.message),
             .intent = close.intent};
  returned = gone && std::any_of(pair.begin(), pair.end(), [&](const policy::Session& session) {
               return IsReturn(session, least_age, began - close.sent_at);
             });
  return true;
}

std::vector<CloseOutcome> UnresolvedCloses::Observe(absl::string_view server, SteadyTime began,
                                                    const std::vector<policy::Session>& sessions, SteadyTime now) {
  std::vector<CloseOutcome> outcomes;
  for (auto it = unresolved_.lower_bound(policy::FirstKeyOf(server));
       it != unresolved_.end() && it->first.server == server;) {
    CloseOutcome outcome;
    bool returned = false;
    if (!Judge(it->second, began, sessions, outcome, returned)) {
      ++it;
      continue;
    }
    it = unresolved_.erase(it);
    outcome.at = now;
    outcomes.push_back(outcome);
    if (!returned) continue;
    outcome.outcome = Outcome::kReturned;
    outcome.message = kReturnedMessage;
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

std::vector<UnresolvedClose> UnresolvedCloses::TakeIf(const std::function<bool(const std::string& server)>& filter) {
  std::vector<UnresolvedClose> taken;
  for (auto it = unresolved_.begin(); it != unresolved_.end();) {
    if (!filter(it->first.server)) {
      ++it;
      continue;
    }
    taken.push_back(std::move(it->second.close));
    it = unresolved_.erase(it);
  }
  return taken;
}

}  // namespace idlewarden::agent
