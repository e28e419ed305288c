#include "policy/model/row_builder.h"

#include <optional>
#include <string>
#include <utility>

namespace idlewarden::policy {
namespace {

uint32_t Column(const std::optional<int64_t>& value) {
  if (!value.has_value() || *value < 0 || *value >= kUnknownNumber) return kUnknownNumber;
  return static_cast<uint32_t>(*value);
}

std::optional<int64_t> Value(uint32_t column) {
  if (column == kUnknownNumber) return std::nullopt;
  return column;
}

uint8_t Flags(const Session& session) {
  uint8_t flags = session.own ? kOwn : 0;
  if (session.guest.has_value()) flags |= kGuestKnown | (*session.guest ? kGuest : 0);
  return flags;
}

void Reserve(SessionRows& rows, size_t size) {
  for (auto* column : {&rows.client, &rows.user, &rows.idle, &rows.age, &rows.open_files, &rows.client_type,
                       &rows.transport, &rows.pair, &rows.client_group, &rows.user_group}) {
    column->reserve(size);
  }
  rows.flags.reserve(size);
}

// Interns a column of texts, in which one text mostly repeats the one before.
class TextColumn {
 public:
  explicit TextColumn(StringPools& pools) : pools_(pools) {}

  uint32_t Intern(const std::optional<std::string>& text) {
    if (!text.has_value()) return kNoId;
    if (last_ == nullptr || *last_ != *text) {
      last_id_ = pools_.InternText(*text);
      last_ = &*text;
    }
    return last_id_;
  }

 private:
  StringPools& pools_;
  const std::string* last_ = nullptr;  // in the enumeration
  uint32_t last_id_ = kNoId;
};

std::optional<std::string> RestoreText(uint32_t id, const StringPools& pools) {
  if (id == kNoId) return std::nullopt;
  return pools.texts()[id].text;
}

void InternNames(const std::vector<Session>& sessions, StringPools& pools, SessionRows& rows) {
  std::vector<std::pair<uint64_t, uint64_t>> prepared;
  prepared.reserve(sessions.size());
  for (const Session& session : sessions) {
    prepared.emplace_back(pools.PrepareClient(session.client), pools.PrepareUser(session.user));
  }
  for (size_t row = 0; row < sessions.size(); ++row) {
    rows.client.push_back(pools.InternClient(sessions[row].client, sessions[row].address, prepared[row].first));
    rows.user.push_back(pools.InternUser(sessions[row].user, prepared[row].second));
  }
}

// After all rows are interned, so that the groupings know how many ids there are.
void NumberGroups(SessionRows& rows, StringPools& pools) {
  StringPools::Groupings& groupings = pools.groupings();
  groupings.pairs.Start(rows.size());
  groupings.clients.Start(pools.canonical_client_count());
  groupings.users.Start(pools.canonical_user_count());
  for (size_t row = 0; row < rows.size(); ++row) {
    const uint32_t client = groupings.clients.Number(pools.clients()[rows.client[row]].canonical);
    const uint32_t user = groupings.users.Number(pools.users()[rows.user[row]].canonical);
    rows.client_group.push_back(client);
    rows.user_group.push_back(user);
    rows.pair.push_back(groupings.pairs.Number(client, user));
    if (user == rows.user_sessions.size()) {
      rows.user_sessions.push_back(0);
      rows.user_known.push_back(!pools.users()[rows.user[row]].folded.empty());
    }
    ++rows.user_sessions[user];
  }
  rows.pair_count = groupings.pairs.count();
  rows.client_count = groupings.clients.count();
}

}  // namespace

std::shared_ptr<const SessionRows> BuildRows(const std::vector<Session>& sessions, StringPools& pools) {
  auto rows = std::make_shared<SessionRows>();
  Reserve(*rows, sessions.size());
  InternNames(sessions, pools, *rows);
  TextColumn client_types(pools);
  TextColumn transports(pools);
  for (const Session& session : sessions) {
    rows->idle.push_back(Column(session.idle_seconds));
    rows->age.push_back(Column(session.age_seconds));
    rows->open_files.push_back(Column(session.open_files));
    rows->client_type.push_back(client_types.Intern(session.client_type));
    rows->transport.push_back(transports.Intern(session.transport));
    rows->flags.push_back(Flags(session));
  }
  NumberGroups(*rows, pools);
  return rows;
}

Session RestoreSession(const SessionRows& rows, size_t row, const StringPools& pools) {
  const ClientValue& client = pools.clients()[rows.client[row]];
  Session session;
  session.client = client.spelling;
  session.address = client.reported_address;
  session.user = pools.users()[rows.user[row]].spelling;
  session.idle_seconds = Value(rows.idle[row]);
  session.age_seconds = Value(rows.age[row]);
  session.open_files = Value(rows.open_files[row]);
  session.client_type = RestoreText(rows.client_type[row], pools);
  session.transport = RestoreText(rows.transport[row], pools);
  if (rows.flags[row] & kGuestKnown) session.guest = (rows.flags[row] & kGuest) != 0;
  session.own = (rows.flags[row] & kOwn) != 0;
  return session;
}

}  // namespace idlewarden::policy
