#include "agent/executor/journal/unresolved_closes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "policy/model/client_name.h"

namespace idlewarden::agent {

namespace {

// As `returned` is defined: back within a minute of the close.
constexpr absl::Duration kReturnWindow = absl::Minutes(1);

std::vector<policy::Session> OfPair(const CloseIntent& intent, const std::vector<policy::Session>& sessions) {
  std::vector<policy::Session> pair;
  std::copy_if(sessions.begin(), sessions.end(), std::back_inserter(pair), [&](const policy::Session& session) {
    return policy::SameClient(session.client, intent.client) && policy::SameUser(session.user, intent.user);
  });
  return pair;
}

// What the sessions of the pair that are there now say of a close.
CloseOutcome OutcomeOf(const UnresolvedClose& close, bool gone, bool ages_known) {
  CloseOutcome outcome{.intent_id = close.intent_id, .intent = close.intent};
  if (gone) {
    outcome.outcome = Outcome::kClosed;
    outcome.message = "the agent ended as the close was sent; its sessions have gone";
  } else if (ages_known) {
    outcome.outcome = Outcome::kSurvived;
    outcome.message = "the agent ended as the close was sent; its sessions are still there";
  } else {
    outcome.outcome = Outcome::kFailed;
    outcome.message =
        "the agent ended as the close was sent; the pair has a session, and without its age nobody can tell whether it "
        "is a new one";
  }
  return outcome;
}

}  // namespace

void UnresolvedCloses::Add(UnresolvedClose close) {
  const policy::PairKey key = policy::PairKeyOf(close.intent.server, close.intent.client, close.intent.user);
  open_.emplace(key, Open{.close = std::move(close)});
}

bool UnresolvedCloses::Judge(Open& open, absl::Time began, const std::vector<policy::Session>& sessions,
                             CloseOutcome& outcome, bool& returned) const {
  const UnresolvedClose& close = open.close;
  if (began < close.sent_at) return false;
  if (sessions.empty() && !std::exchange(open.seen_empty, true)) return false;
  const std::vector<policy::Session> pair = OfPair(close.intent, sessions);
  const std::optional<int64_t> least_age = LeastAgeSeconds(OfPair(close.intent, close.intent.sessions));
  const absl::Duration ago = began - close.looked_at;
  const bool gone =
      std::all_of(pair.begin(), pair.end(), [&](const auto& session) { return IsYounger(session, least_age, ago); });
  if (!gone && began < close.sent_at + patience_) return false;
  outcome = OutcomeOf(close, gone, least_age.has_value() && LeastAgeSeconds(pair).has_value());
  returned = gone && std::any_of(pair.begin(), pair.end(), [&](const policy::Session& session) {
               return began - absl::Seconds(*session.age_seconds) <= close.sent_at + kReturnWindow;
             });
  return true;
}

std::vector<CloseOutcome> UnresolvedCloses::Observe(absl::string_view server, absl::Time began,
                                                    const std::vector<policy::Session>& sessions, absl::Time now) {
  std::vector<CloseOutcome> outcomes;
  for (auto it = open_.lower_bound(policy::FirstKeyOf(server)); it != open_.end() && it->first.server == server;) {
    CloseOutcome outcome;
    bool returned = false;
    if (!Judge(it->second, began, sessions, outcome, returned)) {
      ++it;
      continue;
    }
    it = open_.erase(it);
    outcome.at = now;
    outcomes.push_back(outcome);
    if (!returned) continue;
    outcome.outcome = Outcome::kReturned;
    outcome.message = "the pair is back with a new session";
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

std::vector<UnresolvedClose> UnresolvedCloses::TakeIf(const std::function<bool(const std::string& server)>& filter) {
  std::vector<UnresolvedClose> taken;
  for (auto it = open_.begin(); it != open_.end();) {
    if (!filter(it->first.server)) {
      ++it;
      continue;
    }
    taken.push_back(std::move(it->second.close));
    it = open_.erase(it);
  }
  return taken;
}

}  // namespace idlewarden::agent
