// Writes a snapshot in the form that snapshot_reader.h reads.

#ifndef IDLEWARDEN_POLICY_SNAPSHOT_SNAPSHOT_WRITER_H_
#define IDLEWARDEN_POLICY_SNAPSHOT_SNAPSHOT_WRITER_H_

#include <string>

#include "policy/model/session.h"

namespace idlewarden::policy {

// One line of JSON, without a newline. Unknown values are left out. Bytes that are not UTF-8 become U+FFFD.
std::string WriteSnapshot(const Snapshot& snapshot);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_SNAPSHOT_SNAPSHOT_WRITER_H_
