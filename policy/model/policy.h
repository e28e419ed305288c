// A policy file as its author wrote it: checked value by value, but with lists unresolved and defaults not written out.
//
// What the reader gives and the compiler takes. Plain values with their places in the file, no thread rule.

#ifndef IDLEWARDEN_POLICY_MODEL_POLICY_H_
#define IDLEWARDEN_POLICY_MODEL_POLICY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "policy/model/condition.h"

namespace idlewarden::policy {

// Names of rules, protections and lists become metric labels and parts of commands:
// [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?
bool IsValidName(absl::string_view name);

// Whether a rule only shows what it would close, or closes.
enum class RuleMode : uint8_t { kObserve, kEnforce };

// "observe" or "enforce".
absl::string_view RuleModeName(RuleMode mode);

// How much one cycle may close before a person has to look. nullopt: lifted (`unlimited`).
struct Limits {
  std::optional<int64_t> max_closes_per_cycle = 50;
  std::optional<int64_t> max_percent_per_server = 25;

  friend bool operator==(const Limits&, const Limits&) = default;
};

// Servers with fewer sessions are not subject to max_percent_per_server.
inline constexpr int64_t kPercentLimitFromSessions = 20;

// One entry of a LIST: a pattern, or `$name` for another list.
struct ListEntry {
  std::string text;
  Place place;
};
using EntryList = std::vector<ListEntry>;

using Condition = BasicCondition<EntryList>;
using Conditions = BasicConditions<EntryList>;
using When = BasicWhen<EntryList>;

struct Rule {
  std::string name;
  std::string description;
  When when;
  RuleMode mode = RuleMode::kObserve;
  absl::Duration for_time = absl::ZeroDuration();
  std::optional<int64_t> max_closes_per_cycle;
  bool close_active = false;
  Place place;
};

struct Protection {
  std::string name;
  std::string reason;
  When when;
  Place place;
};

struct NamedList {
  std::string name;
  EntryList entries;
  Place place;
};

struct Policy {
  std::vector<std::string> files;  // the policy file, then the list files that were read
  std::vector<NamedList> lists;
  Limits limits;
  Place limits_place;
  std::vector<Protection> protections;
  std::vector<Rule> rules;
  bool allow_machine_accounts = false;
  bool whole = true;  // false: the file broke off; lists and rules may be missing
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_POLICY_H_
