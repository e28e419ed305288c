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

// After all rows are interned, so that the groupings know how many ids there are.
void NumberGroups(StringPools::Writer pools, SessionRows& rows) {
  pools.pair_groups.Start(rows.size());
  pools.client_groups.Start(pools.clients.values().size());
  pools.user_groups.Start(pools.users.values().size());
  for (size_t row = 0; row < rows.size(); ++row) {
    const uint32_t client = pools.client_groups.Number(pools.clients.canonical(rows.client[row]));
    const uint32_t user = pools.user_groups.Number(pools.users.canonical(rows.user[row]));
    rows.client_group[row] = client;
    rows.user_group[row] = user;
    rows.pair[row] = pools.pair_groups.Number(client, user);
    if (user == rows.user_sessions.size()) {
      rows.user_sessions.push_back(0);
      rows.user_known.push_back(!pools.users.values()[rows.user[row]].folded.empty());
    }
    ++rows.user_sessions[user];
  }
  rows.pair_count = pools.pair_groups.count();
  rows.client_count = pools.client_groups.count();
}

}  // namespace

std::shared_ptr<const SessionRows> BuildRows(const std::vector<Session>& sessions, StringPools& pools) {
  auto rows = std::make_shared<SessionRows>();
  Resize(*rows, sessions.size());
  InternNames(sessions, pools.writer(), *rows);
  FillOtherColumns(sessions, pools.writer().texts, *rows);
  NumberGroups(pools.writer(), *rows);
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
