// Reads snapshot files: recorded enumerations as JSON, or as JSON lines with one snapshot a line.
//
// Absent and null values are unknown; unknown members are ignored, so that newer recordings stay readable; a value of
// the wrong type is an error that names the server and the session. Pure functions.

#ifndef IDLEWARDEN_POLICY_SNAPSHOT_SNAPSHOT_READER_H_
#define IDLEWARDEN_POLICY_SNAPSHOT_SNAPSHOT_READER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "policy/model/session.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy {

// Text with this much spare capacity is read where it is, other text is copied.
inline constexpr size_t kSpareCapacity = 64;

// In file order. InvalidArgument with a message that says which snapshot, server, session and member.
absl::StatusOr<std::vector<Snapshot>> ReadSnapshots(std::string json_or_jsonl);

// A snapshot as a table, which takes a fraction of the memory; its hosts are the table's.
struct SnapshotTable {
  absl::Time taken_at;
  SessionTable table;
};

// The same into tables.
absl::StatusOr<std::vector<SnapshotTable>> ReadSnapshotTables(std::string json_or_jsonl);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_SNAPSHOT_SNAPSHOT_READER_H_
