#include "policy/model/row_builder.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

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
  if (session.client_absent) flags |= kClientAbsent;
  if (session.user_absent) flags |= kUserAbsent;
  if (session.idle_bound == IdleBound::kAtLeast) flags |= kIdleAtLeast;
  return flags;
}

void Resize(SessionRows& rows, size_t size) {
  for (auto* column : {&rows.client, &rows.user, &rows.idle, &rows.age, &rows.open_files, &rows.client_type,
                       &rows.transport, &rows.pair, &rows.client_group, &rows.user_group}) {
    column->resize(size);
  }
  rows.flags.resize(size);
}

// An empty one names no connection, as an empty client names no client: a close must never carry it.
bool HasConnection(const Session& session) { return session.connection.has_value() && !session.connection->empty(); }

// Interns a column of texts, in which one text mostly repeats the one before.
class TextColumn {
 public:
  explicit TextColumn(InternedValues<TextValue>& texts) : texts_(texts) {}

  uint32_t Intern(const std::optional<std::string>& text) {
    if (!text.has_value()) return kNoId;
    if (last_ == nullptr || *last_ != *text) {
      last_id_ = texts_.Intern(*text);
      last_ = &*text;
    }
    return last_id_;
  }

 private:
  InternedValues<TextValue>& texts_;
  const std::string* last_ = nullptr;  // in the enumeration
  uint32_t last_id_ = kNoId;
};

std::optional<std::string> RestoreText(uint32_t id, const StringPools& pools) {
  if (id == kNoId) return std::nullopt;
  return pools.texts()[id].text;
}

// Starts loading the session itself, but not what its strings may keep elsewhere.
void Prefetch(const Session& session) {
  constexpr size_t kCacheLine = 64;
  const auto* first = reinterpret_cast<const char*>(&session);
  for (size_t i = 0; i < sizeof(session); i += kCacheLine) __builtin_prefetch(first + i);
}

// Fills the columns a few rows at a time, so that a session is read from memory once for all of them. The columns of
// groups get what tells the groups apart: canonical ids.
class ColumnFiller {
 public:
  ColumnFiller(const std::vector<Session>& sessions, absl::string_view separator, StringPools::Writer pools,
               SessionRows& rows)
      : sessions_(sessions),
        separator_(separator),
        pools_(pools),
        rows_(rows),
        client_types_(pools.texts),
        transports_(pools.texts) {}

  void FillAll() {
    for (size_t first = 0; first < sessions_.size(); first += kRowsAtOnce) {
      const size_t count = std::min(kRowsAtOnce, sessions_.size() - first);
      FillNames(first, count);
      for (size_t row = first; row < first + count; ++row) {
        if (row + kRowsAtOnce < sessions_.size()) Prefetch(sessions_[row + kRowsAtOnce]);
        FillOthers(row);
      }
    }
  }

 private:
  static constexpr size_t kRowsAtOnce = 32;

  void FillNames(size_t first, size_t count) {
    const Session* sessions = sessions_.data() + first;
    const auto client = [&](size_t i) {
      return ClientValue::Key{sessions[i].client, sessions[i].address, sessions[i].names};
    };
    const auto user = [&](size_t i) { return UserValue::Key{sessions[i].user, separator_}; };
    pools_.clients.InternAll(count, client, rows_.client.data() + first, rows_.client_group.data() + first);
    pools_.users.InternAll(count, user, rows_.user.data() + first, rows_.user_group.data() + first);
  }

  void FillOthers(size_t row) {
    const Session& session = sessions_[row];
    rows_.idle[row] = Column(session.idle_seconds);
    rows_.age[row] = Column(session.age_seconds);
    rows_.open_files[row] = Column(session.open_files);
    rows_.client_type[row] = client_types_.Intern(session.client_type);
    rows_.transport[row] = transports_.Intern(session.transport);
    rows_.flags[row] = Flags(session);
    rows_.has_idle_bounds |= session.idle_bound == IdleBound::kAtLeast;
    if (HasConnection(session)) AddConnection(row, *session.connection);
  }

  // Most servers report none, and have no such column.
  void AddConnection(size_t row, const std::string& connection) {
    if (rows_.connection.empty()) rows_.connection.assign(sessions_.size(), kNoId);
    rows_.connection[row] = pools_.texts.Intern(connection);
  }

  const std::vector<Session>& sessions_;
  const absl::string_view separator_;
  StringPools::Writer pools_;
  SessionRows& rows_;
  TextColumn client_types_;
  TextColumn transports_;
};

// numbers[row] = that of the group with key_of(row), which may be numbers[row]. Returns how many groups there are.
template <typename KeyOf>
uint32_t NumberGroups(GroupNumbering& groups, const KeyOf& key_of, std::vector<uint32_t>& numbers) {
  groups.Start(numbers.size());
  for (size_t row = 0; row < numbers.size(); ++row) numbers[row] = groups.Number(key_of(row));
  return groups.count();
}

// Tells the pairs apart by connection as well. Ids of texts are those of the exact text: connections are opaque.
void NumberConnections(GroupNumbering& groups, SessionRows& rows) {
  const auto pair = [&](size_t row) { return uint64_t{rows.pair[row]} << 32 | rows.connection[row]; };
  rows.pair_count = NumberGroups(groups, pair, rows.pair);
  rows.connection_group = rows.connection;
  groups.Start(rows.size());
  for (uint32_t& number : rows.connection_group) {
    if (number != kNoId) number = groups.Number(number);
  }
  rows.connection_count = groups.count();
}

// One column after the other: short loops wait for several rows' values at once.
void NumberAllGroups(StringPools::Writer pools, SessionRows& rows) {
  const auto client = [&](size_t row) { return rows.client_group[row]; };
  const auto user = [&](size_t row) { return rows.user_group[row]; };
  const auto pair = [&](size_t row) { return uint64_t{rows.client_group[row]} << 32 | rows.user_group[row]; };
  rows.client_count = NumberGroups(pools.groups, client, rows.client_group);
  // The first row of the empty user, if there is one.
  const uint32_t empty = pools.users.FindForm("");
  const auto unknown =
      empty == kNoId ? rows.user_group.end() : std::find(rows.user_group.begin(), rows.user_group.end(), empty);
  const uint32_t user_count = NumberGroups(pools.groups, user, rows.user_group);
  rows.pair_count = NumberGroups(pools.groups, pair, rows.pair);
  rows.user_sessions.resize(user_count);
  for (const uint32_t group : rows.user_group) ++rows.user_sessions[group];
  rows.user_known.assign(user_count, 1);
  if (unknown != rows.user_group.end()) rows.user_known[*unknown] = 0;
}

}  // namespace

std::shared_ptr<const SessionRows> BuildRows(const ServerSnapshot& server, StringPools& pools) {
  auto rows = std::make_shared<SessionRows>();
  Resize(*rows, server.sessions.size());
  ColumnFiller(server.sessions, server.domain_separator, pools.writer(), *rows).FillAll();
  NumberAllGroups(pools.writer(), *rows);
  if (server.close_scope == CloseScope::kConnection && !rows->connection.empty()) {
    NumberConnections(pools.writer().groups, *rows);
  }
  return rows;
}

Session RestoreSession(const SessionRows& rows, size_t row, const StringPools& pools) {
  const ClientValue& client = pools.clients()[rows.client[row]];
  Session session;
  session.client = client.spelling;
  session.address = client.reported_address;
  session.names = client.reported_names();
  session.user = pools.users()[rows.user[row]].spelling;
  session.idle_seconds = Value(rows.idle[row]);
  if (rows.flags[row] & kIdleAtLeast) session.idle_bound = IdleBound::kAtLeast;
  session.age_seconds = Value(rows.age[row]);
  session.open_files = Value(rows.open_files[row]);
  session.client_type = RestoreText(rows.client_type[row], pools);
  session.transport = RestoreText(rows.transport[row], pools);
  if (!rows.connection.empty()) session.connection = RestoreText(rows.connection[row], pools);
  if (rows.flags[row] & kGuestKnown) session.guest = (rows.flags[row] & kGuest) != 0;
  session.own = (rows.flags[row] & kOwn) != 0;
  session.client_absent = (rows.flags[row] & kClientAbsent) != 0;
  session.user_absent = (rows.flags[row] & kUserAbsent) != 0;
  return session;
}

}  // namespace idlewarden::policy
