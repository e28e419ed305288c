#include "agent/ledger/ledger_file.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "agent/ledger/schema.h"

namespace idlewarden::agent {

std::string LedgerPath(absl::string_view state_dir) { return absl::StrCat(state_dir, "/ledger.db"); }

absl::StatusOr<Database> OpenLedgerForReading(absl::string_view state_dir) {
  const std::string path = LedgerPath(state_dir);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return absl::NotFoundError(absl::StrCat("there is no ledger at ", path,
                                            ": give the agent's `state_dir`, and read it as the agent's account"));
  }
  absl::StatusOr<Database> database = Database::Open(path, Database::Access::kReadOnly);
  if (!database.ok()) return database.status();
  if (absl::Status status = CheckLedgerVersion(*database); !status.ok()) return status;
  return database;
}

}  // namespace idlewarden::agent
