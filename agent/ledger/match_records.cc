#include "agent/ledger/match_records.h"

namespace idlewarden::agent {
namespace {

absl::Status Run(Database& database, absl::string_view sql, const std::string& server) {
  absl::StatusOr<Statement> statement = database.Prepare(sql);
  return statement.ok() ? statement->Bind(server).Run() : statement.status();
}

absl::Status Forget(Database& database, const std::string& server) {
  absl::Status status = Run(database, "DELETE FROM match_pair WHERE server = ?", server);
  return status.ok() ? Run(database, "DELETE FROM match_server WHERE server = ?", server) : status;
}

absl::Status Remove(Database& database, const std::string& server, const MatchKey& key) {
  absl::StatusOr<Statement> remove = database.Prepare(
      "DELETE FROM match_pair WHERE server = ? AND client = ? AND user = ? AND connection = ? AND rule = ?");
  if (!remove.ok()) return remove.status();
  return remove->Bind(server).Bind(key.client).Bind(key.user).Bind(key.connection).Bind(key.rule).Run();
}

absl::Status Set(Database& database, const std::string& server, const MatchKey& key, const MatchTimes& times) {
  absl::StatusOr<Statement> insert = database.Prepare(
      "INSERT OR REPLACE INTO match_pair (server, client, user, connection, rule, since_us, sessions) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  return insert->Bind(server)
      .Bind(key.client)
      .Bind(key.user)
      .Bind(key.connection)
      .Bind(key.rule)
      .Bind(absl::ToUnixMicros(times.since))
      .Bind(times.sessions)
      .Run();
}

absl::Status SetLast(Database& database, const MatchChange& change) {
  absl::StatusOr<Statement> insert =
      database.Prepare("INSERT OR REPLACE INTO match_server (server, last_us) VALUES (?, ?)");
  if (!insert.ok()) return insert.status();
  return insert->Bind(change.server).Bind(absl::ToUnixMicros(change.last)).Run();
}

absl::Status Write(Database& database, const MatchChange& change) {
  if (change.forgotten) return Forget(database, change.server);
  for (const MatchKey& key : change.removed) {
    if (absl::Status status = Remove(database, change.server, key); !status.ok()) return status;
  }
  for (const auto& [key, times] : change.set) {
    if (absl::Status status = Set(database, change.server, key, times); !status.ok()) return status;
  }
  return SetLast(database, change);
}

}  // namespace

absl::Status WriteMatches(Database& database, const std::vector<MatchChange>& changes) {
  return database.Transaction([&]() -> absl::Status {
    for (const MatchChange& change : changes) {
      if (absl::Status status = Write(database, change); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::map<std::string, ServerMatches>> ReadMatches(Database& database) {
  absl::StatusOr<Statement> query = database.Prepare(
      "SELECT server, last_us, client, user, connection, rule, since_us, sessions FROM match_pair JOIN match_server "
      "USING "
      "(server)");
  if (!query.ok()) return query.status();
  std::map<std::string, ServerMatches> servers;
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return servers;
    ServerMatches& server = servers[query->Text(0)];
    server.last = absl::FromUnixMicros(query->Integer(1));
    server.matches[{
        .client = query->Text(2), .user = query->Text(3), .connection = query->Text(4), .rule = query->Text(5)}] = {
        .since = absl::FromUnixMicros(query->Integer(6)), .sessions = query->Integer(7)};
  }
}

absl::Status PruneMatches(Database& database, absl::Time horizon) {
  return database.Transaction([&]() -> absl::Status {
    for (const char* sql :
         {"DELETE FROM match_pair WHERE server IN (SELECT server FROM match_server WHERE last_us < ?)",
          "DELETE FROM match_server WHERE last_us < ?"}) {
      absl::StatusOr<Statement> remove = database.Prepare(sql);
      if (!remove.ok()) return remove.status();
      if (absl::Status status = remove->Bind(absl::ToUnixMicros(horizon)).Run(); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
}

}  // namespace idlewarden::agent
