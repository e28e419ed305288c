#include "agent/executor/journal/close_record.h"

#include <algorithm>

namespace idlewarden::agent {

namespace {

constexpr int64_t kAgeSlackSeconds = 1;

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

bool IsYounger(const policy::Session& session, std::optional<int64_t> least_age_seconds, absl::Duration ago) {
  if (!session.age_seconds.has_value() || !least_age_seconds.has_value()) return false;
  return *session.age_seconds < *least_age_seconds + absl::ToInt64Seconds(ago) - kAgeSlackSeconds;
}

}  // namespace idlewarden::agent
