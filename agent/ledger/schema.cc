#include "agent/ledger/schema.h"

#include <array>
#include <string>

#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

// Step i brings a file from version i to i + 1. A step is never changed once it was released; add one.
constexpr std::array kSteps = {
    R"sql(
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,           -- without gaps
  body TEXT NOT NULL,                -- the record as JSON, hashed as it stands
  hash TEXT NOT NULL,                -- SHA-256 over the hash before, seq and body; lower-case hex
  time_us INTEGER GENERATED ALWAYS AS (json_extract(body, '$.time_us')) VIRTUAL,
  server TEXT GENERATED ALWAYS AS (json_extract(body, '$.server')) VIRTUAL,
  user TEXT GENERATED ALWAYS AS (json_extract(body, '$.user')) VIRTUAL,
  outcome TEXT GENERATED ALWAYS AS (json_extract(body, '$.outcome')) VIRTUAL
) STRICT;
CREATE INDEX audit_time ON audit (time_us);
-- Where the chain begins after pruning, and where it ends: one row each.
CREATE TABLE audit_bound (
  name TEXT PRIMARY KEY CHECK (name IN ('anchor', 'head')),
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE TABLE intent (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  time_us INTEGER NOT NULL,
  server TEXT NOT NULL,
  client TEXT NOT NULL,
  user TEXT NOT NULL,
  body TEXT NOT NULL                 -- the audit record as far as known before the call
) STRICT;
)sql",
    R"sql(
-- When the close was about to be sent; body is then of the look right before it. NULL: nothing was asked of the server.
ALTER TABLE intent ADD COLUMN sent_us INTEGER;
UPDATE intent SET sent_us = time_us; -- of older versions: may have been sent
)sql",
    R"sql(
CREATE TABLE approval (
  id INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  agent TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  policy_hash TEXT NOT NULL,
  by TEXT NOT NULL,
  reason TEXT NOT NULL,
  pairs INTEGER NOT NULL
) STRICT;
CREATE TABLE approved_pair (
  approval INTEGER NOT NULL REFERENCES approval (id) ON DELETE CASCADE,
  server TEXT NOT NULL,
  client TEXT NOT NULL,
  user TEXT NOT NULL,
  rule TEXT NOT NULL,
  scope TEXT NOT NULL,
  sessions INTEGER NOT NULL
) STRICT;
CREATE INDEX approved_pair_approval ON approved_pair (approval);
-- The pause in force, if there is one.
CREATE TABLE pause (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  since_us INTEGER NOT NULL,
  by TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
)sql",
    R"sql(
-- Since when pairs have matched a rule with `for`; the rule by its fingerprint.
CREATE TABLE match_server (
  server TEXT PRIMARY KEY,
  last_us INTEGER NOT NULL           -- the latest enumeration that showed its matches
) STRICT, WITHOUT ROWID;
CREATE TABLE match_pair (
  server TEXT NOT NULL,
  client TEXT NOT NULL,
  user TEXT NOT NULL,
  rule TEXT NOT NULL,
  since_us INTEGER NOT NULL,
  sessions INTEGER NOT NULL,
  PRIMARY KEY (server, client, user, rule)
) STRICT, WITHOUT ROWID;
CREATE TABLE exemption (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  users TEXT NOT NULL,               -- entries, one a line
  clients TEXT NOT NULL,
  servers TEXT NOT NULL,
  by TEXT NOT NULL,
  reason TEXT NOT NULL,
  ticket TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  expires_us INTEGER NOT NULL,
  ended_us INTEGER                   -- NULL: not yet
) STRICT;
CREATE TABLE demotion (
  rule TEXT PRIMARY KEY,
  since_us INTEGER NOT NULL,
  why TEXT NOT NULL
) STRICT;
)sql",
    R"sql(
-- Written to see whether writing works.
CREATE TABLE probe (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  at_us INTEGER NOT NULL
) STRICT;
-- How far the audit trail's lines have come.
CREATE TABLE audit_sink (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  target TEXT NOT NULL,
  seq INTEGER NOT NULL
) STRICT;
CREATE TABLE policy (
  id INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  agent TEXT NOT NULL,
  hash TEXT NOT NULL,
  file TEXT NOT NULL,
  trigger_ TEXT NOT NULL,
  by TEXT NOT NULL,
  text TEXT NOT NULL,
  canonical TEXT NOT NULL
) STRICT;
)sql",
    R"sql(
CREATE TABLE cycle (
  id INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  agent TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  policy_hash TEXT NOT NULL,
  close INTEGER NOT NULL,            -- sessions by decision
  would_close INTEGER NOT NULL,
  held INTEGER NOT NULL,
  pending INTEGER NOT NULL,
  keep INTEGER NOT NULL
) STRICT;
CREATE INDEX cycle_time ON cycle (time_us);
)sql",
    R"sql(
-- Where a close ends one transport connection, pairs are told apart by it. Empty: by client and user alone.
ALTER TABLE intent ADD COLUMN connection TEXT NOT NULL DEFAULT '';
ALTER TABLE approved_pair ADD COLUMN connection TEXT NOT NULL DEFAULT '';
ALTER TABLE match_pair RENAME TO match_pair_without_connection;
CREATE TABLE match_pair (
  server TEXT NOT NULL,
  client TEXT NOT NULL,
  user TEXT NOT NULL,
  connection TEXT NOT NULL,
  rule TEXT NOT NULL,
  since_us INTEGER NOT NULL,
  sessions INTEGER NOT NULL,
  PRIMARY KEY (server, client, user, connection, rule)
) STRICT, WITHOUT ROWID;
INSERT INTO match_pair (server, client, user, connection, rule, since_us, sessions)
  SELECT server, client, user, '', rule, since_us, sessions FROM match_pair_without_connection;
DROP TABLE match_pair_without_connection;
)sql",
};

absl::StatusOr<int64_t> VersionOf(Database& database) {
  absl::StatusOr<Statement> query = database.Prepare("PRAGMA user_version");
  if (!query.ok()) return query.status();
  absl::StatusOr<bool> row = query->Step();
  if (!row.ok()) return row.status();
  return query->Integer(0);
}

}  // namespace

int LedgerSchemaVersion() { return static_cast<int>(kSteps.size()); }

absl::Status CheckLedgerVersion(Database& database) {
  absl::StatusOr<int64_t> version = VersionOf(database);
  if (!version.ok()) return version.status();
  if (*version > LedgerSchemaVersion()) {
    return absl::FailedPreconditionError(absl::StrCat("ledger: the file has schema version ", *version,
                                                      ", this idlewarden knows up to ", LedgerSchemaVersion(),
                                                      ": use the newer idlewarden, or another state_dir"));
  }
  return absl::OkStatus();
}

absl::Status MigrateLedger(Database& database, int version) {
  if (absl::Status known = CheckLedgerVersion(database); !known.ok()) return known;
  absl::StatusOr<int64_t> present = VersionOf(database);
  if (!present.ok()) return present.status();
  for (int64_t step = *present; step < version; ++step) {
    absl::Status status = database.Transaction([&]() -> absl::Status {
      if (absl::Status made = database.Execute(kSteps[step]); !made.ok()) return made;
      return database.Execute(absl::StrCat("PRAGMA user_version = ", step + 1));
    });
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace idlewarden::agent
