// What a close of each row of a server ends, as numbers of scopes.
//
// A row's own scope is what its close ends; a row is in every scope whose close ends it. With scopes of pairs or
// clients these are one and the same. Where a close ends one transport connection, a session that reports none can only
// be closed with its client: its scope covers the client's other sessions, on whatever connection, while their own
// scopes are their connections. So scopes may overlap, and one row may end another that does not end it.
//
// Points into the block, which must outlive it. Immutable: may be shared between threads.

#ifndef IDLEWARDEN_POLICY_PLANNER_CLOSE_SCOPES_H_
#define IDLEWARDEN_POLICY_PLANNER_CLOSE_SCOPES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy/model/server_block.h"
#include "policy/model/session.h"

namespace idlewarden::policy {

class CloseScopes {
 public:
  explicit CloseScopes(const ServerBlock& block)
      : kind_(block.close_scope == CloseScope::kPair ? CloseScope::kPair : CloseScope::kClient),
        groups_(kind_ == CloseScope::kPair ? block.rows->pair : block.rows->client_group),
        connections_(block.rows->connection_group.empty() ? nullptr : &block.rows->connection_group),
        first_group_(block.rows->connection_count),
        count_(first_group_ + (kind_ == CloseScope::kPair ? block.rows->pair_count : block.rows->client_count)) {}

  // Scopes are numbered below this.
  uint32_t count() const { return count_; }

  // What a close of the row ends.
  uint32_t Of(size_t row) const { return HasConnection(row) ? (*connections_)[row] : Group(row); }
  CloseScope KindOf(size_t row) const { return HasConnection(row) ? CloseScope::kConnection : kind_; }

  // Calls visit(scope) for each scope that the row is in, its own among them.
  template <typename Visit>
  void ForEachWith(size_t row, const Visit& visit) const {
    visit(Group(row));
    if (HasConnection(row)) visit((*connections_)[row]);
  }

  // Whether the row is in that scope.
  bool Contains(uint32_t scope, size_t row) const { return Group(row) == scope || Of(row) == scope; }

 private:
  uint32_t Group(size_t row) const { return first_group_ + groups_[row]; }
  bool HasConnection(size_t row) const { return connections_ != nullptr && (*connections_)[row] != kNoId; }

  CloseScope kind_;  // of rows without a connection
  const std::vector<uint32_t>& groups_;
  const std::vector<uint32_t>* connections_;  // null: no row has one that a close would end
  uint32_t first_group_;                      // scopes of connections are numbered before those of groups
  uint32_t count_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_CLOSE_SCOPES_H_
