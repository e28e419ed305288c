// The decisions of a cycle. Those on one server are a block that never changes once it is made. A later cycle that
// takes them over shares it, and so do decisions before and after limits that hold nothing there: neither memory nor
// time is spent on servers where nothing has happened.
//
// Threads: blocks may be read by any; Decisions is a plain value.

#ifndef IDLEWARDEN_POLICY_PLANNER_DECISIONS_H_
#define IDLEWARDEN_POLICY_PLANNER_DECISIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "policy/model/decision.h"

namespace idlewarden::policy {

// One server's, by row.
class ServerDecisions {
 public:
  ServerDecisions() = default;
  explicit ServerDecisions(std::vector<SessionDecision> rows);

  const std::vector<SessionDecision>& rows() const { return rows_; }
  // How many sessions are decided so.
  uint64_t Count(Decision decision) const { return counts_[static_cast<size_t>(decision)]; }

  // How many sessions the protection with this number keeps although nobody can know whether it is for them
  // (Reason::kProtectedUnknown). Safe, but perhaps not what its author expects.
  struct ProtectedUnknown {
    int32_t protection;
    uint64_t sessions;

    friend bool operator==(const ProtectedUnknown&, const ProtectedUnknown&) = default;
  };
  // Ascending by protection; those that keep any.
  const std::vector<ProtectedUnknown>& protected_unknown() const { return protected_unknown_; }

 private:
  std::vector<SessionDecision> rows_;
  std::vector<ProtectedUnknown> protected_unknown_;
  std::array<uint64_t, kDecisionCount> counts_ = {};
};

// Of all servers, by the index that they have in the table.
class Decisions {
 public:
  using Block = std::shared_ptr<const ServerDecisions>;

  // No sessions on any server yet.
  explicit Decisions(size_t servers = 0);

  size_t size() const { return servers_.size(); }
  const std::vector<SessionDecision>& operator[](size_t server) const { return servers_[server]->rows(); }
  const Block& of(size_t server) const { return servers_[server]; }
  uint64_t Count(size_t server, Decision decision) const { return servers_[server]->Count(decision); }

  // Different servers may be set at once. `block` is not null.
  void Set(size_t server, std::vector<SessionDecision> rows);
  void Share(size_t server, Block block) { servers_[server] = std::move(block); }

  // Equal rows, shared or not.
  friend bool operator==(const Decisions& a, const Decisions& b);

 private:
  std::vector<Block> servers_;  // never null
};

// Quick where they share a block.
bool SameDecisions(const Decisions& a, size_t server_of_a, const Decisions& b, size_t server_of_b);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_DECISIONS_H_
