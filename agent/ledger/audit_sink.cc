#include "agent/ledger/audit_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "agent/ledger/audit_chain.h"

namespace idlewarden::agent {
namespace {

struct Lines {
  std::string text;
  int64_t last = 0;  // the last record's number; 0: none
};

absl::StatusOr<Lines> ReadLines(Database& database, int64_t after, int64_t most) {
  absl::StatusOr<Statement> query =
      database.Prepare("SELECT seq, hash, body FROM audit WHERE seq > ? ORDER BY seq LIMIT ?");
  if (!query.ok()) return query.status();
  query->Bind(after).Bind(most);
  Lines lines;
  while (true) {
    absl::StatusOr<bool> row = query->Step();
    if (!row.ok()) return row.status();
    if (!*row) return lines;
    lines.last = query->Integer(0);
    absl::StrAppend(&lines.text, AuditLine(lines.last, query->Text(1), query->Text(2)), "\n");
  }
}

absl::Status CannotWrite(const std::string& target) {
  return absl::UnavailableError(absl::StrCat("cannot write ", target, ": ", std::strerror(errno)));
}

// `rest` is what is left of the text.
absl::Status WriteAll(int fd, absl::string_view& rest, const std::string& target) {
  while (!rest.empty()) {
    const ssize_t written = write(fd, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return CannotWrite(target);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// The end of a line that was left unfinished, and what follows it. `torn`: whether there is such a line; set anew.
absl::Status AppendTo(int fd, absl::string_view text, const std::string& target, bool& torn) {
  absl::string_view line_end = torn ? "\n" : "";
  if (absl::Status status = WriteAll(fd, line_end, target); !status.ok()) return status;
  absl::string_view rest = text;
  absl::Status status = WriteAll(fd, rest, target);
  const absl::string_view written = text.substr(0, text.size() - rest.size());
  torn = !written.empty() && written.back() != '\n';
  return status;
}

absl::Status AppendToFile(const std::string& path, absl::string_view text, bool& torn) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return absl::UnavailableError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  struct stat before = {};
  const bool regular = fstat(fd, &before) == 0 && S_ISREG(before.st_mode);
  if (regular && before.st_size == 0) torn = false;  // a new file, since the one that has the unfinished line
  const bool torn_before = torn;
  absl::Status status = AppendTo(fd, text, path, torn);
  // Taken back whole, since all of it comes again.
  if (!status.ok() && regular && ftruncate(fd, before.st_size) == 0) torn = torn_before;
  if (close(fd) != 0 && status.ok()) return CannotWrite(path);
  return status;
}

absl::Status WritePosition(Database& database, const std::string& target, int64_t seq) {
  absl::StatusOr<Statement> insert =
      database.Prepare("INSERT OR REPLACE INTO audit_sink (only, target, seq) VALUES (1, ?, ?)");
  return insert.ok() ? insert->Bind(target).Bind(seq).Run() : insert.status();
}

}  // namespace

absl::Status AuditSink::FindBegin() {
  absl::StatusOr<Statement> query = database_.Prepare("SELECT seq FROM audit_sink WHERE target = ?");
  if (!query.ok()) return query.status();
  absl::StatusOr<bool> known = query->Bind(target_).Step();
  if (!known.ok()) return known.status();
  if (*known) {
    written_ = query->Integer(0);
    return absl::OkStatus();
  }
  absl::StatusOr<AuditHead> head = ReadAuditHead(database_);
  if (!head.ok()) return head.status();
  if (absl::Status status = WritePosition(database_, target_, head->seq); !status.ok()) return status;
  written_ = head->seq;
  return absl::OkStatus();
}

absl::Status AuditSink::Write(int64_t most) {
  if (written_ < 0) {
    if (absl::Status status = FindBegin(); !status.ok()) return status;
  }
  absl::StatusOr<Lines> lines = ReadLines(database_, written_, most);
  if (!lines.ok()) return lines.status();
  if (lines->last == 0) return absl::OkStatus();
  absl::Status status = target_ == "stdout" ? AppendTo(STDOUT_FILENO, lines->text, target_, torn_)
                                            : AppendToFile(target_, lines->text, torn_);
  if (!status.ok()) return status;
  written_ = lines->last;
  return WritePosition(database_, target_, written_);
}

}  // namespace idlewarden::agent
