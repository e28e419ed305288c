// A policy file as its author wrote it: checked value by value, but with lists unresolved and defaults not written out.
//
// What the reader gives and the compiler takes. Plain values with their places in the file, no thread rule.

#ifndef IDLEWARDEN_POLICY_MODEL_POLICY_H_
#define IDLEWARDEN_POLICY_MODEL_POLICY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/model/bounds.h"
#include "policy/model/limits.h"
#include "policy/model/rule_mode.h"
#include "policy/model/window.h"

namespace idlewarden::policy {

// Line and column are 1-based; `file` indexes Policy::files.
struct Place {
  uint32_t file = 0;
  uint32_t line = 1;
  uint32_t column = 1;

  friend auto operator<=>(const Place&, const Place&) = default;
};

// One entry of a LIST: a pattern, or `$name` for another list.
struct ListEntry {
  std::string text;
  Place place;
};
using EntryList = std::vector<ListEntry>;

// `{in: LIST, not_in: LIST}`; LIST alone means `in`.
struct PatternClause {
  std::optional<EntryList> in;
  std::optional<EntryList> not_in;
  Place place;
};

struct ServerClause {
  PatternClause names;
  std::map<std::string, std::vector<std::string>> labels;  // each label has one of its values
};

// One map of conditions: all that are given must hold.
struct Conditions {
  std::optional<TimeBounds> idle, age;
  std::optional<CountBounds> open_files, server_sessions, user_sessions;
  std::optional<PatternClause> users, clients, client_types, transports;
  std::optional<ServerClause> servers;
  std::optional<bool> guest;
  std::vector<Window> during;  // empty: not given
  Place place;
};

// `all` and, where `any` is not empty, at least one of `any`.
struct When {
  Conditions all;
  std::vector<Conditions> any;
};

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
