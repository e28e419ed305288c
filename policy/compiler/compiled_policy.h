// A policy as the compiler understood it: lists resolved, defaults written out, ready to be evaluated.
//
// Immutable: may be shared between threads. Made by CompilePolicy only.

#ifndef IDLEWARDEN_POLICY_COMPILER_COMPILED_POLICY_H_
#define IDLEWARDEN_POLICY_COMPILER_COMPILED_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "policy/model/decision.h"
#include "policy/model/policy.h"
#include "policy/model/unique_id.h"

namespace idlewarden::policy {

class PolicyIndex;      // policy/matcher/policy_index.h: what the compiled evaluator looks values up in
struct ResolvedPolicy;  // policy/model/resolved_policy.h: what the evaluators walk

// Which time windows of one policy are open: equal where every session that has not changed has the same answers. An
// opaque value.
class OpenWindows {
 public:
  OpenWindows() = default;
  friend bool operator==(const OpenWindows&, const OpenWindows&) = default;

 private:
  friend class CompiledPolicy;
  std::vector<uint64_t> accepting_;  // bits of the conjunctions that accept the time
};

class CompiledPolicy {
 public:
  explicit CompiledPolicy(std::shared_ptr<const ResolvedPolicy> resolved);
  ~CompiledPolicy();
  CompiledPolicy(const CompiledPolicy&) = delete;
  CompiledPolicy& operator=(const CompiledPolicy&) = delete;

  // Tells this object from all others, also from those of an equal policy.
  uint64_t serial() const { return serial_.number(); }

  // SHA-256 of the canonical form, hex. The content of list files counts; layout, comments, unused lists
  // and the order of list entries do not.
  const std::string& hash() const;
  // The canonical form itself: YAML that compiles to an equal policy.
  const std::string& canonical() const;

  size_t rule_count() const;
  absl::string_view rule_name(size_t rule) const;
  RuleMode rule_mode(size_t rule) const;
  // The rule's `for`; zero if it has none.
  absl::Duration rule_for(size_t rule) const;

  size_t protection_count() const;
  absl::string_view protection_name(size_t protection) const;
  // The protection's `reason` text; empty if it has none.
  absl::string_view protection_reason(size_t protection) const;

  // The rule or protection that the decision names, "" if it names none.
  absl::string_view NameOf(const SessionDecision& decision) const;

  // Names of the rules that no session without a known idle time can match, in file order.
  std::vector<std::string> RulesNeedingIdle() const;

  const Limits& limits() const;

  OpenWindows OpenWindowsAt(absl::Time at) const;

  // For the evaluators.
  const ResolvedPolicy& resolved() const { return *resolved_; }
  const PolicyIndex& index() const { return *index_; }

 private:
  const UniqueId serial_;
  std::shared_ptr<const ResolvedPolicy> resolved_;
  std::unique_ptr<const PolicyIndex> index_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_COMPILED_POLICY_H_
