// Turns one server's decoded enumeration into columns.

#ifndef IDLEWARDEN_POLICY_MODEL_ROW_BUILDER_H_
#define IDLEWARDEN_POLICY_MODEL_ROW_BUILDER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "policy/model/server_block.h"
#include "policy/model/session.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {

// The rows of the server's sessions. Interns into `pools`, so it belongs to the pools' writer. Time and memory: those
// of the rows.
std::shared_ptr<const SessionRows> BuildRows(const ServerSnapshot& server, StringPools& pools);

// The session of a row, as it was given but for numbers outside [0, 2^32 - 2], which are unknown.
Session RestoreSession(const SessionRows& rows, size_t row, const StringPools& pools);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_ROW_BUILDER_H_
