#include "policy/planner/decisions.h"

#include <map>
#include <utility>

namespace idlewarden::policy {

ServerDecisions::ServerDecisions(std::vector<SessionDecision> rows) : rows_(std::move(rows)) {
  std::map<int32_t, uint64_t> unknown;
  for (const SessionDecision& row : rows_) {
    ++counts_[static_cast<size_t>(row.decision)];
    if (row.reason == Reason::kProtectedUnknown) ++unknown[row.rule];
  }
  for (const auto& [protection, sessions] : unknown) protected_unknown_.push_back({protection, sessions});
}

Decisions::Decisions(size_t servers) : servers_(servers, std::make_shared<const ServerDecisions>()) {}

void Decisions::Set(size_t server, std::vector<SessionDecision> rows) {
  servers_[server] = std::make_shared<const ServerDecisions>(std::move(rows));
}

bool SameDecisions(const Decisions& a, size_t server_of_a, const Decisions& b, size_t server_of_b) {
  return a.of(server_of_a) == b.of(server_of_b) || a[server_of_a] == b[server_of_b];
}

bool operator==(const Decisions& a, const Decisions& b) {
  if (a.size() != b.size()) return false;
  for (size_t server = 0; server < a.size(); ++server) {
    if (!SameDecisions(a, server, b, server)) return false;
  }
  return true;
}

}  // namespace idlewarden::policy
