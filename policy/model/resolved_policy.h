// A policy ready to be evaluated: patterns parsed and lists resolved, defaults written out.
//
// What both evaluators work on. Immutable once compiled; pattern lists are shared between the conditions that use them,
// so that a long list costs its memory and its lookups once.

#ifndef IDLEWARDEN_POLICY_MODEL_RESOLVED_POLICY_H_
#define IDLEWARDEN_POLICY_MODEL_RESOLVED_POLICY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/model/condition.h"
#include "policy/model/ip.h"
#include "policy/model/policy.h"

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

using ResolvedCondition = BasicCondition<PatternSet>;
using ResolvedConditions = BasicConditions<PatternSet>;
using ResolvedWhen = BasicWhen<PatternSet>;

// All must hold. Several may be on one field: of a `when` and of a map of its `any`.
using Conjunction = std::vector<const ResolvedCondition*>;

// Each alternative of a `when`, with what all share. Points into it.
std::vector<Conjunction> Alternatives(const ResolvedWhen& when);

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

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_RESOLVED_POLICY_H_
