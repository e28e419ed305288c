#include "policy/compiler/check_rules.h"

#include <algorithm>
#include <cstdint>
#include <variant>

#include "absl/strings/str_cat.h"
#include "policy/diagnostics/wording.h"
#include "policy/model/duration.h"

namespace idlewarden::policy {
namespace {

// The seconds that a session must have been idle; nullopt if the conditions do not say so.
std::optional<int64_t> IdleLimit(const Conditions& conditions) {
  const Condition* idle = conditions.Find(Field::kIdle);
  return idle == nullptr ? std::nullopt : std::get<TimeBounds>(idle->value).at_least;
}

bool LimitsIdle(const Conditions& conditions) { return IdleLimit(conditions).has_value(); }

// `the rule "x"`, or `the rule` where its name is not known.
std::string Named(absl::string_view what, absl::string_view name) {
  return name.empty() ? std::string(what) : absl::StrCat(what, " ", Quoted(name));
}

void AddNoIdle(const Rule& rule, const Place& place, absl::string_view what, DiagnosticList& diagnostics) {
  diagnostics.Add(
      Code::kNoIdle, place,
      absl::StrCat(Named(what, rule.name),
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

void CheckIdleLimit(const Conditions& conditions, absl::Duration shortest, DiagnosticList& diagnostics) {
  const absl::Duration idle = absl::Seconds(IdleLimit(conditions).value_or(0));
  if (!LimitsIdle(conditions) || idle >= 2 * shortest) return;
  diagnostics.Add(Code::kIdleBelowPolling, conditions.place,
                  absl::StrCat("the idle limit ", FormatShortDuration(idle),
                               " is below twice the agent's shortest polling "
                               "interval (",
                               FormatShortDuration(shortest),
                               "): closes come late, and activity between two "
                               "looks can be missed"));
}

// Of an alternative's own idle limit and that of what all share, the longer one counts.
void CheckPolling(const Rule& rule, absl::Duration shortest, DiagnosticList& diagnostics) {
  const int64_t shared = IdleLimit(rule.when.all).value_or(0);
  bool shared_counts = rule.when.any.empty();
  for (const Conditions& map : rule.when.any) {
    const bool own_counts = IdleLimit(map).value_or(0) > shared;
    if (own_counts) CheckIdleLimit(map, shortest, diagnostics);
    shared_counts |= !own_counts;
  }
  if (shared_counts) CheckIdleLimit(rule.when.all, shortest, diagnostics);
}

void CheckMatchesEverything(const When& when, const Place& place, absl::string_view what, absl::string_view effect,
                            DiagnosticList& diagnostics) {
  // A `when` with errors may only seem to be empty.
  if (!when.all.empty() || !when.any.empty() || diagnostics.has_errors()) return;
  diagnostics.Add(Code::kMatchesEverything, place, absl::StrCat(what, " has no conditions: ", effect));
}

// True if every alternative says how long a session must be idle, in itself or in what all share.
bool AlwaysLimitsIdle(const When& when) {
  return LimitsIdle(when.all) || (!when.any.empty() && std::all_of(when.any.begin(), when.any.end(), LimitsIdle));
}

void CheckMoot(const Rule& rule, DiagnosticList& diagnostics) {
  // An idle time with errors may come to be none.
  if (!rule.close_active || !AlwaysLimitsIdle(rule.when) || diagnostics.has_errors()) return;
  diagnostics.Add(Code::kMoot, rule.place,
                  absl::StrCat("`close_active: true` of ", Named("the rule", rule.name),
                               " has no effect: it never matches a session that is not idle"));
}

void CheckMootLimits(const Policy& policy, DiagnosticList& diagnostics) {
  if (policy.limits.max_percent_per_server != 100) return;
  diagnostics.Add(Code::kMoot, policy.limits_place,
                  "`max_percent_per_server: 100` has no effect: no plan closes more sessions than there are; say "
                  "`unlimited` if that is meant");
}

}  // namespace

void CheckRules(const Policy& policy, std::optional<absl::Duration> shortest_polling, DiagnosticList& diagnostics) {
  CheckMootLimits(policy, diagnostics);
  for (const Protection& protection : policy.protections) {
    CheckMatchesEverything(protection.when, protection.place, Named("the protection", protection.name),
                           "it keeps every session, so nothing is ever closed", diagnostics);
  }
  for (const Rule& rule : policy.rules) {
    CheckIdle(rule, diagnostics);
    CheckMatchesEverything(rule.when, rule.place, Named("the rule", rule.name),
                           "it matches every session without open files that nothing protects", diagnostics);
    if (shortest_polling.has_value()) CheckPolling(rule, *shortest_polling, diagnostics);
    CheckMoot(rule, diagnostics);
  }
}

}  // namespace idlewarden::policy
