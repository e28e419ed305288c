#include "agent/ledger/database.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

absl::StatusCode CodeOf(int result) {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return absl::StatusCode::kFailedPrecondition;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status LastError(sqlite3* database, absl::string_view doing) {
  return absl::Status(CodeOf(sqlite3_extended_errcode(database)),
                      absl::StrCat("ledger: ", doing, ": ", sqlite3_errmsg(database)));
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::Bind(int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::Bind(absl::string_view value) {
  sqlite3_bind_text64(statement_, ++bound_, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindNull() {
  sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return LastError(database_, sqlite3_sql(statement_));
  }
}

absl::Status Statement::Run() {
  absl::StatusOr<bool> row = Step();
  return row.ok() ? absl::OkStatus() : row.status();
}

int64_t Statement::Integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text == nullptr ? std::string() : std::string(text, sqlite3_column_bytes(statement_, column));
}

bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

void Database::Closer::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

absl::StatusOr<Database> Database::Open(const std::string& path, Access access) {
  sqlite3* raw = nullptr;
  const int flags = access == Access::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (result != SQLITE_OK) return LastError(raw, absl::StrCat("opening ", path));
  // A reader (export, verify) may hold the file for a moment.
  sqlite3_busy_timeout(raw, 2000);
  if (access == Access::kReadWrite) {
    absl::Status status = database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;");
    if (!status.ok()) return status;
  }
  return database;
}

absl::StatusOr<Statement> Database::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr) != SQLITE_OK) {
    return LastError(database_.get(), sql);
  }
  return Statement(database_.get(), statement);
}

absl::Status Database::Execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return LastError(database_.get(), sql);
  }
  return absl::OkStatus();
}

absl::Status Database::Transaction(const std::function<absl::Status()>& body) {
  if (absl::Status begun = Execute("BEGIN IMMEDIATE"); !begun.ok()) return begun;
  absl::Status status = body();
  if (status.ok()) status = Execute("COMMIT");
  if (!status.ok()) Execute("ROLLBACK").IgnoreError();  // the first error is the one to tell
  return status;
}

absl::Status Database::ReadTransaction(const std::function<absl::Status()>& body) {
  if (absl::Status begun = Execute("BEGIN"); !begun.ok()) return begun;
  absl::Status status = body();
  const absl::Status ended = Execute("ROLLBACK");  // there is nothing to commit
  return status.ok() ? ended : status;
}

absl::Status Database::WithoutWaiting(const std::function<absl::Status()>& body) {
  if (absl::Status relaxed = Execute("PRAGMA synchronous=NORMAL"); !relaxed.ok()) return relaxed;
  absl::Status status = body();
  const absl::Status strict = Execute("PRAGMA synchronous=FULL");
  return status.ok() ? strict : status;
}

int64_t Database::LastInsertId() const { return sqlite3_last_insert_rowid(database_.get()); }

}  // namespace idlewarden::agent
