#include "agent/servers/idle_trust.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

using policy::Session;

// Values above this are no durations: Samba sends -1 for the age of a session that has just begun.
constexpr int64_t kLargestPlausible = 0x7fffffff;
// Idle and age are whole seconds that a server may round differently.
constexpr int64_t kRounding = 2;
// An answer may be older than the moment it is judged at by the length of a slow call, so that more seems to have
// passed on the server than on our clock. Jumps shorter than that do no harm.
constexpr double kLateness = 30;
// So many sessions, each so old, and not one idle for a second: the server does not report. Where it was seen to report
// before, a few busy users may look the same for a moment.
constexpr int64_t kOldSeconds = 600;
constexpr size_t kSomeOld = 3;
constexpr size_t kManyOld = 10;
constexpr int kLastingZeros = 3;

int64_t AgeOf(const Session& session) {
  const int64_t age = session.age_seconds.value_or(kLargestPlausible);
  return age > kLargestPlausible ? 0 : age;
}

uint32_t PairHash(const Session& session) {
  return static_cast<uint32_t>(
      absl::HashOf(absl::AsciiStrToLower(session.client), absl::AsciiStrToLower(session.user)));
}

// By row.
std::vector<uint32_t> PairsOf(const Enumeration& enumeration) {
  std::vector<uint32_t> pairs;
  pairs.reserve(enumeration.sessions.size());
  for (const Session& session : enumeration.sessions) pairs.push_back(PairHash(session));
  return pairs;
}

void ClearAll(Enumeration* enumeration) {
  for (Session& session : enumeration->sessions) session.idle_seconds.reset();
}

bool HasIdleField(const Enumeration& enumeration) { return enumeration.reports_idle && enumeration.level != 0; }

bool ShowsIdleTimes(const Enumeration& enumeration) {
  return std::any_of(enumeration.sessions.begin(), enumeration.sessions.end(), [](const Session& session) {
    return session.idle_seconds.value_or(0) > 0 && session.age_seconds.has_value();
  });
}

// The number of old sessions if all idle times are zero, else 0.
size_t OldSessionsAllZero(const Enumeration& enumeration) {
  size_t old = 0;
  for (const Session& session : enumeration.sessions) {
    if (session.idle_seconds.value_or(0) != 0) return 0;
    if (session.idle_seconds.has_value() && AgeOf(session) >= kOldSeconds) ++old;
  }
  return old;
}

}  // namespace

absl::string_view IdleTrustName(IdleTrust trust) {
  switch (trust) {
    case IdleTrust::kReported:
      return "reported";
    case IdleTrust::kDerived:
      return "derived";
    case IdleTrust::kNone:
      return "none";
  }
  return "none";
}

int64_t IdleTrustJudge::PassedSeconds(SteadyTime at) const {
  // A clock that was set back says nothing about what passed; nor does the first enumeration.
  if (options_.speed <= 0 || last_at_ == SteadyTime::InfinitePast() || at < last_at_) return -1;
  return absl::ToInt64Seconds(absl::Ceil((at - last_at_) * options_.speed, absl::Seconds(1)));
}

const IdleTrustJudge::Believed* IdleTrustJudge::Find(uint32_t pair) const {
  const auto it = std::lower_bound(believed_.begin(), believed_.end(), pair,
                                   [](const Believed& entry, uint32_t wanted) { return entry.pair < wanted; });
  return it == believed_.end() || it->pair != pair ? nullptr : &*it;
}

bool IdleTrustJudge::Plausible(const Session& session, uint32_t pair, int64_t passed_seconds) const {
  const int64_t idle = *session.idle_seconds;
  if (idle < 0 || idle > kLargestPlausible || idle > AgeOf(session) + kRounding) return false;
  if (passed_seconds < 0) return true;
  const Believed* before = Find(pair);
  const int64_t late = static_cast<int64_t>(kLateness * std::max(1.0, options_.speed)) + passed_seconds / 20;
  return before == nullptr || idle <= before->idle_seconds + passed_seconds + late;
}

size_t IdleTrustJudge::ClearImplausible(Enumeration* enumeration, const Pairs& pairs, int64_t passed_seconds) const {
  size_t cleared = 0;
  for (size_t row = 0; row < pairs.size(); ++row) {
    Session& session = enumeration->sessions[row];
    if (!session.idle_seconds.has_value() || Plausible(session, pairs[row], passed_seconds)) continue;
    session.idle_seconds.reset();
    ++cleared;
  }
  return cleared;
}

// Called with the implausible values cleared already.
IdleTrust IdleTrustJudge::Decide(const Enumeration& enumeration, size_t implausible) {
  explanation_.clear();
  const size_t rows = enumeration.sessions.size();
  if (implausible > 0 && (implausible == rows || (implausible > 2 && implausible * 4 > rows))) {
    explanation_ = absl::StrCat("the idle times of ", implausible, " of ", rows, " sessions cannot be true");
    return IdleTrust::kNone;
  }
  const size_t old_zeros = OldSessionsAllZero(enumeration);
  zeros_in_a_row_ = old_zeros >= kSomeOld ? zeros_in_a_row_ + 1 : 0;
  if (old_zeros >= kManyOld || zeros_in_a_row_ >= kLastingZeros || (old_zeros >= kSomeOld && !proven_)) {
    explanation_ = "all idle times are 0 although sessions are old: the server does not report them";
    return IdleTrust::kNone;
  }
  proven_ = proven_ || ShowsIdleTimes(enumeration);
  if (proven_) return IdleTrust::kReported;
  explanation_ = "no session has shown an idle time above 0 yet";
  return IdleTrust::kNone;
}

void IdleTrustJudge::Remember(const Enumeration& enumeration, const Pairs& pairs, int64_t passed_seconds) {
  std::vector<Believed> now;
  now.reserve(enumeration.sessions.size());
  for (size_t row = 0; row < pairs.size(); ++row) {
    const Session& session = enumeration.sessions[row];
    const uint32_t pair = pairs[row];
    if (session.idle_seconds.has_value()) {
      now.push_back({pair, static_cast<uint32_t>(*session.idle_seconds)});
    } else if (const Believed* before = Find(pair); before != nullptr) {
      // What could have come about since; the reported value was not to be believed.
      now.push_back({pair, before->idle_seconds + static_cast<uint32_t>(std::max<int64_t>(0, passed_seconds))});
    }
  }
  // Of several rows of a pair the longest counts, and comes first.
  std::sort(now.begin(), now.end(), [](const Believed& a, const Believed& b) {
    return std::make_pair(a.pair, b.idle_seconds) < std::make_pair(b.pair, a.idle_seconds);
  });
  now.erase(std::unique(now.begin(), now.end(), [](const auto& a, const auto& b) { return a.pair == b.pair; }),
            now.end());
  believed_ = std::move(now);
}

IdleTrust IdleTrustJudge::Judge(Enumeration* enumeration, SteadyTime at) {
  if (options_.fixed.has_value() || !HasIdleField(*enumeration)) {
    trust_ = options_.fixed.value_or(IdleTrust::kNone);
    explanation_ = trust_ != IdleTrust::kNone   ? ""
                   : options_.fixed.has_value() ? "the server's settings say so"
                                                : "this server does not report idle times";
  } else {
    const int64_t passed = PassedSeconds(at);
    const Pairs pairs = PairsOf(*enumeration);
    const size_t implausible = ClearImplausible(enumeration, pairs, passed);
    trust_ = Decide(*enumeration, implausible);
    Remember(*enumeration, pairs, passed);
    last_at_ = at;
  }
  if (trust_ == IdleTrust::kNone) ClearAll(enumeration);
  return trust_;
}

IdleTrust IdleTrustJudge::JudgePart(Enumeration* part, SteadyTime at) const {
  const IdleTrust trust = options_.fixed.value_or(HasIdleField(*part) ? trust_ : IdleTrust::kNone);
  if (trust == IdleTrust::kNone) {
    ClearAll(part);
  } else if (!options_.fixed.has_value()) {
    ClearImplausible(part, PairsOf(*part), PassedSeconds(at));
  }
  return trust;
}

}  // namespace idlewarden::agent
