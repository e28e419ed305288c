// A policy ready to be evaluated: patterns parsed and lists resolved, defaults written out.
//
// What both evaluators work on. Immutable once compiled; pattern lists are shared between the conditions that use them,
// so that a long list costs its memory and its lookups once.

#ifndef IDLEWARDEN_POLICY_MODEL_RESOLVED_POLICY_H_
#define IDLEWARDEN_POLICY_MODEL_RESOLVED_POLICY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "policy/model/bounds.h"
#include "policy/model/ip.h"
#include "policy/model/limits.h"
#include "policy/model/policy.h"
#include "policy/model/rule_mode.h"
#include "policy/model/window.h"

namespace idlewarden::policy {

// One entry of a LIST, parsed for the condition that uses it.
struct Pattern {
  enum class Kind : uint8_t {
    kText,     // a glob for a server's name, or another text as a whole
    kAccount,  // a glob for the account of a user, whatever its domain
    kDomain,   // DOMAIN\account: a glob for each of them
    kRealm,    // account@realm: a glob for each of them
    kHost,     // a glob for the host name of a client
    kNetwork,  // an address or network of clients
  };
  Kind kind = Kind::kText;
  std::string text;    // as written
  std::string folded;  // the glob, in the form that is compared; of kDomain and kRealm the account's; of kNetwork empty
  std::string domain;  // of kDomain and kRealm: the glob for the domain, in that form
  IpNetwork network;   // for kNetwork

  // A user entry that names a domain.
  bool has_domain() const { return kind == Kind::kDomain || kind == Kind::kRealm; }
};

// How the entries of a list are parsed.
enum class PatternUse : uint8_t { kUser, kClient, kText };

// The own entries of a named list (included lists stand beside it in the set), or the entries written in a condition.
struct PatternList {
  std::string name;  // empty: written in the condition
  PatternUse use = PatternUse::kText;
  std::vector<Pattern> patterns;
};

// Matches what any pattern of any of its lists matches.
using PatternSet = std::vector<std::shared_ptr<const PatternList>>;

struct TimeCondition {
  enum class Field : uint8_t { kIdle, kAge };
  Field field = Field::kIdle;
  TimeBounds bounds;
};

struct CountCondition {
  enum class Field : uint8_t { kOpenFiles, kServerSessions, kUserSessions };
  Field field = Field::kOpenFiles;
  CountBounds bounds;
};

struct PatternCondition {
  enum class Field : uint8_t { kUsers, kClients, kServers, kClientTypes, kTransports };
  Field field = Field::kUsers;
  std::optional<PatternSet> in;
  std::optional<PatternSet> not_in;
};

struct LabelCondition {
  std::string label;
  std::vector<std::string> values;
};

struct GuestCondition {
  bool guest = true;
};

struct DuringCondition {
  std::vector<Window> windows;
};

using Condition =
    std::variant<TimeCondition, CountCondition, PatternCondition, LabelCondition, GuestCondition, DuringCondition>;

// All must hold.
using Conjunction = std::vector<Condition>;

// `all` and, where `any` is not empty, at least one of `any`.
struct ResolvedWhen {
  Conjunction all;
  std::vector<Conjunction> any;
};

struct ResolvedRule {
  std::string name;
  ResolvedWhen when;
  RuleMode mode = RuleMode::kObserve;
  absl::Duration for_time;
  std::optional<int64_t> max_closes_per_cycle;
  std::string fingerprint;  // equal for rules of equal meaning in two policies
};

struct ResolvedProtection {
  std::string name;
  std::string reason;
  ResolvedWhen when;
};

struct ResolvedPolicy {
  std::vector<ResolvedProtection> protections;
  std::vector<ResolvedRule> rules;
  Limits limits;
  bool allow_machine_accounts = false;
  std::string canonical;
  std::string hash;
};

// "idle", "users", …: the condition's key in the language.
absl::string_view FieldName(TimeCondition::Field field);
absl::string_view FieldName(CountCondition::Field field);
absl::string_view FieldName(PatternCondition::Field field);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_RESOLVED_POLICY_H_
