#include "agent/loop/refusal_audit.h"

#include <optional>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "policy/compiler/requirement.h"
#include "policy/model/decision.h"
#include "policy/model/rule_mode.h"
#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"

namespace idlewarden::agent {
namespace {

using policy::Decision;
using policy::Reason;

// A rule that enforces matched, and something other than the policy's own protections keeps the session.
bool IsRefused(const CycleView& cycle, const policy::SessionDecision& decision) {
  if (decision.decision == Decision::kHeld) return true;
  const bool refused = decision.reason == Reason::kExempt || decision.reason == Reason::kCollateral;
  return refused && cycle.enforcing && cycle.policy->rule_mode(decision.rule) == policy::RuleMode::kEnforce;
}

bool SameServer(const CycleView& before, const CycleView& now, size_t server) {
  const policy::ServerView view = now.table.server(server);
  const std::optional<size_t> known = before.table.FindServer(view.name());
  return known.has_value() && before.policy == now.policy && before.table.server(*known).SharesRowsWith(view) &&
         before.result.decisions[*known] == now.result.decisions[server];
}

}  // namespace

RefusalAudit::Refused RefusalAudit::RefusedOf(const CycleView& cycle, size_t server) {
  const policy::ServerView view = cycle.table.server(server);
  const std::vector<policy::SessionDecision>& decisions = cycle.result.decisions[server];
  const policy::SessionRows& rows = *view.block().rows;
  Refused refused;
  for (size_t row = 0; row < decisions.size(); ++row) {
    if (!IsRefused(cycle, decisions[row])) continue;
    const uint64_t hash =
        absl::HashOf(view.pools().clients()[rows.client[row]].name, view.pools().users()[rows.user[row]].folded,
                     policy::ReasonName(decisions[row].reason), cycle.policy->NameOf(decisions[row]));
    refused.try_emplace(hash, row);
  }
  return refused;
}

AuditRecord RefusalAudit::RecordOf(const CycleView& cycle, size_t server, size_t row) const {
  const policy::ServerView view = cycle.table.server(server);
  const policy::SessionDecision& decision = cycle.result.decisions[server][row];
  const std::string rule(cycle.policy->NameOf(decision));
  AuditRecord record{.time = cycle.result.plan.at,
                     .agent = agent_name_,
                     .server = view.name(),
                     .client = view.client(row),
                     .user = view.user(row),
                     .rule = rule,
                     .required = policy::RequirementOf(*cycle.policy, rule),
                     .mode = "enforce",
                     .plan_id = cycle.result.plan.id,
                     .policy_hash = cycle.policy->hash(),
                     .outcome = decision.decision == Decision::kHeld ? "held" : "refused",
                     .message = std::string(policy::ReasonName(decision.reason))};
  const std::vector<uint32_t>& pairs = view.block().rows->pair;
  for (size_t other = 0; other < view.size(); ++other) {
    if (pairs[other] != pairs[row]) continue;
    const policy::Session session = view.session(other);
    record.sessions.push_back({.user = session.user,
                               .idle_seconds = session.idle_seconds,
                               .age_seconds = session.age_seconds,
                               .open_files = session.open_files});
  }
  return record;
}

absl::Status RefusalAudit::Write(const CycleView* before, const CycleView& now) {
  std::vector<AuditRecord> records;
  std::map<std::string, std::set<uint64_t>> present;
  std::set<std::string> waiting;
  for (size_t server = 0; server < now.table.server_count(); ++server) {
    const std::string& name = now.table.server(server).name();
    if (before != nullptr && !waiting_.contains(name) && SameServer(*before, now, server)) continue;
    const auto found = known_.find(name);
    std::set<uint64_t>& written = present[name];
    for (const auto& [hash, row] : RefusedOf(now, server)) {
      if (found == known_.end() || !found->second.contains(hash)) {
        if (records.size() >= most_) {
          waiting.insert(name);
          continue;
        }
        records.push_back(RecordOf(now, server, row));
      }
      written.insert(hash);
    }
  }
  if (absl::Status status = ledger_.WriteRefusals(records); !status.ok()) {
    for (const auto& [name, hashes] : present) waiting_.insert(name);
    return status;
  }
  waiting_ = std::move(waiting);
  for (auto& [name, hashes] : present) known_[name] = std::move(hashes);
  std::erase_if(known_, [&](const auto& item) { return item.second.empty() || !now.table.FindServer(item.first); });
  return absl::OkStatus();
}

}  // namespace idlewarden::agent
