#include "policy/compiler/check_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "policy/diagnostics/wording.h"
#include "policy/model/duration.h"

namespace idlewarden::policy {
namespace {

bool LimitsIdle(const Conditions& conditions) {
  return conditions.idle.has_value() && conditions.idle->at_least.has_value();
}

bool IsEmpty(const Conditions& c) {
  return !c.idle && !c.age && !c.open_files && !c.server_sessions && !c.user_sessions && !c.users && !c.clients &&
         !c.client_types && !c.transports && !c.servers && !c.guest && c.during.empty();
}

void AddNoIdle(const Rule& rule, const Place& place, absl::string_view what, DiagnosticList& diagnostics) {
  diagnostics.Add(
      Code::kNoIdle, place,
      absl::StrCat(what, " ", Quoted(rule.name),
                   " does not say how long a session must be idle and would "
                   "close sessions in the middle of work; add `idle`, or `close_active: true` if that is meant"));
}

// Every alternative must say it, in itself or in what all share.
void CheckIdle(const Rule& rule, DiagnosticList& diagnostics) {
  if (rule.close_active || LimitsIdle(rule.when.all)) return;
  if (rule.when.any.empty()) AddNoIdle(rule, rule.place, "the rule", diagnostics);
  for (const Conditions& map : rule.when.any) {
    if (!LimitsIdle(map)) AddNoIdle(rule, map.place, "this alternative of the rule", diagnostics);
  }
}

void CheckPolling(const Rule& rule, absl::Duration shortest, DiagnosticList& diagnostics) {
  const auto check = [&](const Conditions& conditions) {
    if (!LimitsIdle(conditions)) return;
    const absl::Duration idle = absl::Seconds(*conditions.idle->at_least);
    if (idle >= 2 * shortest) return;
    diagnostics.Add(Code::kIdleBelowPolling, conditions.place,
                    absl::StrCat("the idle limit ", FormatShortDuration(idle),
                                 " is below twice the agent's shortest polling "
                                 "interval (",
                                 FormatShortDuration(shortest),
                                 "): closes come late, and activity between two "
                                 "looks can be missed"));
  };
  check(rule.when.all);
  for (const Conditions& map : rule.when.any) check(map);
}

void CheckMatchesEverything(const When& when, const Place& place, absl::string_view what, absl::string_view effect,
                            DiagnosticList& diagnostics) {
  // A `when` with errors may only seem to be empty.
  if (!IsEmpty(when.all) || !when.any.empty() || diagnostics.has_errors()) return;
  diagnostics.Add(Code::kMatchesEverything, place, absl::StrCat(what, " has no conditions: ", effect));
}

void CheckMootLimit(const Rule& rule, const Limits& limits, DiagnosticList& diagnostics) {
  if (!rule.max_closes_per_cycle.has_value() || !limits.max_closes_per_cycle.has_value()) return;
  if (*rule.max_closes_per_cycle < *limits.max_closes_per_cycle) return;
  diagnostics.Add(Code::kMoot, rule.place,
                  absl::StrCat("`max_closes_per_cycle: ", *rule.max_closes_per_cycle, "` of the rule ",
                               Quoted(rule.name), " has no effect: the policy's own limit of ",
                               *limits.max_closes_per_cycle, " holds everything back before"));
}

}  // namespace

void CheckRules(const Policy& policy, std::optional<absl::Duration> shortest_polling, DiagnosticList& diagnostics) {
  for (const Protection& protection : policy.protections) {
    CheckMatchesEverything(protection.when, protection.place, absl::StrCat("the protection ", Quoted(protection.name)),
                           "it keeps every session, so nothing is ever closed", diagnostics);
  }
  for (const Rule& rule : policy.rules) {
    CheckIdle(rule, diagnostics);
    CheckMatchesEverything(rule.when, rule.place, absl::StrCat("the rule ", Quoted(rule.name)),
                           "it matches every session without open files that nothing protects", diagnostics);
    if (shortest_polling.has_value()) CheckPolling(rule, *shortest_polling, diagnostics);
    CheckMootLimit(rule, policy.limits, diagnostics);
  }
}

}  // namespace idlewarden::policy
