// A thin, typed wrapper of SQLite: one connection, prepared statements, transactions. Nothing of the ledger's meaning.
//
// Threads: an object is used by one thread at a time. Errors are absl::Status: ResourceExhausted for a full disk,
// FailedPrecondition for a read-only file, DataLoss for a damaged one, Unavailable for a lock, else Internal.

#ifndef IDLEWARDEN_AGENT_LEDGER_DATABASE_H_
#define IDLEWARDEN_AGENT_LEDGER_DATABASE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace idlewarden::agent {

// A prepared statement. Parameters are bound in order, columns read by index.
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& Bind(int64_t value);
  Statement& Bind(absl::string_view value);
  Statement& BindNull();

  // True: a row is ready to be read. False: done.
  absl::StatusOr<bool> Step();
  // Runs a statement that yields no rows.
  absl::Status Run();

  int64_t Integer(int column) const;
  std::string Text(int column) const;
  bool IsNull(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

class Database {
 public:
  enum class Access { kReadWrite, kReadOnly };

  // Opens, and for kReadWrite creates, the file; ":memory:" for tests. Sets WAL and synchronous=FULL: a committed
  // record survives a power cut.
  static absl::StatusOr<Database> Open(const std::string& path, Access access = Access::kReadWrite);

  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) noexcept = default;

  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  // One or more statements without parameters and results.
  absl::Status Execute(const std::string& sql);
  // Runs `body` in a transaction: committed if it returns OK, else rolled back.
  absl::Status Transaction(const std::function<absl::Status()>& body);
  // Runs `body`, which only reads, on the database as it is at its first read: what other connections commit meanwhile
  // is not seen.
  absl::Status ReadTransaction(const std::function<absl::Status()>& body);
  // Runs `body`, outside a transaction, without waiting for the disk at its commits: what it writes survives the end of
  // the process, and a power cut only if a commit that waits came after it.
  absl::Status WithoutWaiting(const std::function<absl::Status()>& body);
  int64_t LastInsertId() const;

 private:
  struct Closer {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Closer> database_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LEDGER_DATABASE_H_
