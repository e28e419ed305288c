#include "agent/executor/journal/close_record.h"

#include <algorithm>
#include <iterator>

#include "policy/model/client_name.h"

namespace idlewarden::agent {

namespace {

std::optional<int64_t> Least(const std::vector<policy::Session>& sessions,
                             std::optional<int64_t> policy::Session::*field) {
  std::optional<int64_t> least;
  for (const policy::Session& session : sessions) {
    if (!(session.*field).has_value()) return std::nullopt;
    least = std::min(least.value_or(*(session.*field)), *(session.*field));
  }
  return least;
}

}  // namespace

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kClosed:
      return "closed";
    case Outcome::kGoneAlready:
      return "gone-already";
    case Outcome::kBecameActive:
      return "became-active";
    case Outcome::kWithdrawn:
      return "withdrawn";
    case Outcome::kSurvived:
      return "survived";
    case Outcome::kDenied:
      return "denied";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kExpired:
      return "expired";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kReturned:
      return "returned";
  }
  return "failed";
}

std::optional<int64_t> LeastIdleSeconds(const std::vector<policy::Session>& sessions) {
  return Least(sessions, &policy::Session::idle_seconds);
}

std::optional<int64_t> LeastAgeSeconds(const std::vector<policy::Session>& sessions) {
  return Least(sessions, &policy::Session::age_seconds);
}

std::vector<policy::Session> OfPair(const CloseIntent& intent, const std::vector<policy::Session>& sessions) {
  std::vector<policy::Session> pair;
  std::copy_if(sessions.begin(), sessions.end(), std::back_inserter(pair), [&](const policy::Session& session) {
    return policy::SameClient(session.client, intent.client) && policy::SameUser(session.user, intent.user);
  });
  return pair;
}

}  // namespace idlewarden::agent
