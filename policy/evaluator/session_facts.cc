#include "policy/evaluator/session_facts.h"

namespace idlewarden::policy {
namespace {

std::optional<int64_t> Number(uint32_t column) {
  if (column == kUnknownNumber) return std::nullopt;
  return column;
}

}  // namespace

std::optional<int64_t> NumberOf(Field field, const SessionFacts& session) {
  static_assert(
      AreAll<IsNumber>({Field::kIdle, Field::kAge, Field::kOpenFiles, Field::kServerSessions, Field::kUserSessions}));
  switch (field) {
    case Field::kIdle:
      return session.idle;
    case Field::kAge:
      return session.age;
    case Field::kOpenFiles:
      return session.open_files;
    case Field::kServerSessions:
      return session.server_sessions;
    case Field::kUserSessions:
      if (!session.user_known()) return std::nullopt;
      return session.user_sessions;
    default:
      break;
  }
  return std::nullopt;
}

SessionFacts FactsOf(const ServerView& server, size_t row, absl::Time at) {
  const SessionRows& rows = *server.block().rows;
  const StringPools& pools = server.pools();
  const uint8_t flags = rows.flags[row];
  SessionFacts facts{};
  facts.server = &server.block();
  facts.hosts = server.hosts();
  facts.user = &pools.users()[rows.user[row]];
  facts.client = &pools.clients()[rows.client[row]];
  if (rows.client_type[row] != kNoId) facts.client_type = &pools.texts()[rows.client_type[row]];
  if (rows.transport[row] != kNoId) facts.transport = &pools.texts()[rows.transport[row]];
  facts.idle = Number(rows.idle[row]);
  facts.idle_at_least = (flags & kIdleAtLeast) != 0;
  facts.age = Number(rows.age[row]);
  facts.open_files = Number(rows.open_files[row]);
  if (flags & kGuestKnown) facts.guest = (flags & kGuest) != 0;
  facts.own = (flags & kOwn) != 0;
  facts.server_sessions = static_cast<int64_t>(rows.size());
  facts.user_sessions = rows.user_sessions[rows.user_group[row]];
  facts.at = at;
  return facts;
}

}  // namespace idlewarden::policy
