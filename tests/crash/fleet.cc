#include "tests/crash/fleet.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace idlewarden::crash {

namespace {

constexpr int64_t kLeavesDeskAfterSeconds = 60;  // of a session that begins

std::string ClientOf(int pair) {
  return absl::StrCat("10.0.", pair / kPairsPerServer, ".", 1 + pair % kPairsPerServer);
}
std::string UserOf(int pair) { return absl::StrCat("user", pair); }
bool IsBusy(int pair) { return pair % 2 == 1; }
// Some are back at once, some within a minute, some later.
absl::Duration BackAfter(int pair) { return absl::Seconds(pair % 6 == 0 ? 1 : pair % 6 == 2 ? 45 : 400); }

policy::Session Describe(const FleetSession& session, absl::Time now) {
  const int64_t age = absl::ToInt64Seconds(now - absl::FromUnixMicros(session.began_us));
  policy::Session row;
  row.client = absl::StrCat("\\\\", ClientOf(session.pair));
  row.user = UserOf(session.pair);
  row.age_seconds = age;
  row.idle_seconds = IsBusy(session.pair) ? age % 20 : std::max<int64_t>(0, age - kLeavesDeskAfterSeconds);
  row.open_files = 0;
  return row;
}

}  // namespace

Fleet* Fleet::Make(absl::Time start) {
  void* memory = mmap(nullptr, sizeof(Fleet), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  auto* fleet = new (memory) Fleet;
  for (int pair = 0; pair < kPairs; ++pair) fleet->Begin(pair, start - absl::Hours(5));
  return fleet;
}

void Fleet::Unmake(Fleet* fleet) { munmap(fleet, sizeof(Fleet)); }

void Fleet::Begin(int pair, absl::Time at) {
  const size_t number = session_count_;
  if (number >= kMostSessions) std::abort();
  sessions_[number].pair = pair;
  sessions_[number].began_us = absl::ToUnixMicros(at);
  session_count_ = number + 1;
}

std::vector<policy::Session> Fleet::Sessions(int server, absl::Time now) const {
  std::vector<policy::Session> rows;
  for (size_t i = 0; i < session_count_; ++i) {
    const FleetSession& session = sessions_[i];
    if (session.pair / kPairsPerServer != server || session.ended_us != 0) continue;
    if (session.began_us <= absl::ToUnixMicros(now)) rows.push_back(Describe(session, now));
  }
  return rows;
}

bool Fleet::End(int pair, absl::Time now) {
  for (size_t i = 0; i < session_count_; ++i) {
    FleetSession& session = sessions_[i];
    if (session.pair != pair || session.ended_us != 0 || session.began_us > absl::ToUnixMicros(now)) continue;
    session.ended_us = absl::ToUnixMicros(now);
    Begin(pair, now + BackAfter(pair));
    return true;
  }
  return false;
}

int Fleet::EndedOf(int pair) const {
  int ended = 0;
  for (size_t i = 0; i < session_count_; ++i) ended += sessions_[i].pair == pair && sessions_[i].ended_us != 0;
  return ended;
}

void Fleet::Note(const Event& event) {
  const size_t number = event_count_;
  if (number >= kMostEvents) std::abort();
  events_[number] = event;
  event_count_ = number + 1;
}

std::vector<Event> Fleet::Events() const { return {events_.begin(), events_.begin() + event_count_}; }

std::string Fleet::ServerName(int server) { return absl::StrCat("fs", server); }

int Fleet::PairOf(absl::string_view server, absl::string_view client, absl::string_view user) {
  for (int pair = 0; pair < kPairs; ++pair) {
    if (server == ServerName(pair / kPairsPerServer) && user == UserOf(pair) &&
        absl::StripPrefix(client, "\\\\") == ClientOf(pair)) {
      return pair;
    }
  }
  return kNoPair;
}

}  // namespace idlewarden::crash
