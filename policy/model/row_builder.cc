#include "policy/model/row_builder.h"

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
  return flags;
}

void Resize(SessionRows& rows, size_t size) {
  for (auto* column : {&rows.client, &rows.user, &rows.idle, &rows.age, &rows.open_files, &rows.client_type,
                       &rows.transport, &rows.pair, &rows.client_group, &rows.user_group}) {
    column->resize(size);
  }
  rows.flags.resize(size);
}

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

void InternNames(const std::vector<Session>& sessions, StringPools::Writer pools, SessionRows& rows) {
  const auto client = [&](size_t row) { return ClientValue::Key{sessions[row].client, sessions[row].address}; };
  const auto user = [&](size_t row) { return absl::string_view(sessions[row].user); };
  pools.clients.InternAll(sessions.size(), client, rows.client.data());
  pools.users.InternAll(sessions.size(), user, rows.user.data());
}

void FillOtherColumns(const std::vector<Session>& sessions, InternedValues<TextValue>& texts, SessionRows& rows) {
  TextColumn client_types(texts);
  TextColumn transports(texts);
  for (size_t row = 0; row < sessions.size(); ++row) {
    const Session& session = sessions[row];
    rows.idle[row] = Column(session.idle_seconds);
    rows.age[row] = Column(session.age_seconds);
    rows.open_files[row] = Column(session.open_files);
    rows.client_type[row] = client_types.Intern(session.client_type);
    rows.transport[row] = transports.Intern(session.transport);
    rows.flags[row] = Flags(session);
  }
}

// numbers[row] = that of the group with key_of(row). Returns how many groups there are.
template <typename KeyOf>
uint32_t NumberGroups(Grouping& groups, const KeyOf& key_of, std::vector<uint32_t>& numbers) {
  groups.Start(numbers.size());
  for (size_t row = 0; row < numbers.size(); ++row) numbers[row] = groups.Number(key_of(row));
  return groups.count();
}

// One column after the other: short loops wait for several rows' values at once.
void NumberAllGroups(StringPools::Writer pools, SessionRows& rows) {
  const auto client = [&](size_t row) { return pools.clients.canonical(rows.client[row]); };
  const auto user = [&](size_t row) { return pools.users.canonical(rows.user[row]); };
  const auto pair = [&](size_t row) { return uint64_t{rows.client_group[row]} << 32 | rows.user_group[row]; };
  rows.client_count = NumberGroups(pools.groups, client, rows.client_group);
  const uint32_t user_count = NumberGroups(pools.groups, user, rows.user_group);
  rows.pair_count = NumberGroups(pools.groups, pair, rows.pair);
  rows.user_sessions.resize(user_count);
  rows.user_known.resize(user_count);
  for (size_t row = 0; row < rows.size(); ++row) {
    const uint32_t group = rows.user_group[row];
    if (rows.user_sessions[group]++ == 0) rows.user_known[group] = !pools.users.values()[rows.user[row]].folded.empty();
  }
}

}  // namespace

std::shared_ptr<const SessionRows> BuildRows(const std::vector<Session>& sessions, StringPools& pools) {
  auto rows = std::make_shared<SessionRows>();
  Resize(*rows, sessions.size());
  InternNames(sessions, pools.writer(), *rows);
  FillOtherColumns(sessions, pools.writer().texts, *rows);
  NumberAllGroups(pools.writer(), *rows);
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
  session.client_absent = (rows.flags[row] & kClientAbsent) != 0;
  session.user_absent = (rows.flags[row] & kUserAbsent) != 0;
  return session;
}

}  // namespace idlewarden::policy
