// Reads snapshot files: recorded enumerations as JSON, or as JSON lines with one snapshot a line.
//
// Absent and null values are unknown; unknown members are ignored, so that newer recordings stay readable; a value of
// the wrong type is an error that names the server and the session. Pure functions.

#ifndef IDLEWARDEN_POLICY_SNAPSHOT_SNAPSHOT_READER_H_
#define IDLEWARDEN_POLICY_SNAPSHOT_SNAPSHOT_READER_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "policy/model/session.h"

namespace idlewarden::policy {

// In file order. InvalidArgument with a message that says which snapshot, server, session and member.
absl::StatusOr<std::vector<Snapshot>> ReadSnapshots(absl::string_view json_or_jsonl);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_SNAPSHOT_SNAPSHOT_READER_H_
