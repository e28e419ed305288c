#include "policy/planner/earlier_cycle.h"

#include <optional>

#include "policy/model/known_hosts.h"

namespace idlewarden::policy {

DecisionTerms TermsOf(const CycleInput& input) {
  const KnownHosts* hosts = input.table.hosts();
  return {.policy_hash = input.policy.hash(),
          .hosts = hosts == nullptr ? UniqueId::kNone : hosts->serial(),
          .open_windows = input.policy.OpenWindowsAt(input.at),
          .demoted = input.demoted,
          .observe_only = input.observe_only,
          .with_history = input.history != nullptr,
          .with_exemptions = static_cast<bool>(input.exempt),
          .exempt_version = input.exempt_version};
}

bool EarlierCycle::Serves(const DecisionTerms& now) const { return now == terms; }

Decisions::Block EarlierCycle::Find(const SessionTable& later, size_t index) const {
  const ServerView server = later.server(index);
  const auto has_it = [&](size_t place) { return &table.server(place).block() == &server.block(); };
  // Nearly always at the same place.
  if (index < table.server_count() && has_it(index)) return before_limits.of(index);
  const std::optional<size_t> place = table.FindServer(server.name());
  return place.has_value() && has_it(*place) ? before_limits.of(*place) : nullptr;
}

}  // namespace idlewarden::policy
