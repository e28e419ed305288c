// Parses the entries of LISTs into patterns and resolves `$name`, sharing what several conditions use.

#ifndef IDLEWARDEN_POLICY_COMPILER_PATTERN_RESOLVER_H_
#define IDLEWARDEN_POLICY_COMPILER_PATTERN_RESOLVER_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "policy/compiler/list_graph.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/model/policy.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {

class PatternResolver {
 public:
  // Both must outlive the resolver.
  PatternResolver(const std::vector<NamedList>& lists, bool whole, DiagnosticList& diagnostics);

  // Errors: bad networks, unknown lists (if the policy is `whole`), cycles. Warnings: covered networks, parts of
  // addresses, odd characters, entries that match nothing; and, where `in_rule`, users with a domain.
  PatternSet Resolve(const EntryList& entries, PatternUse use, bool in_rule);

  // Whether any condition resolved so far uses the list.
  bool used(size_t list) const { return graph_.used(list); }

  // Reports what is an error however a list may come to be used: networks that are none.
  void CheckUnused(size_t list);

 private:
  std::shared_ptr<const PatternList> Parse(absl::string_view name, const EntryList& entries, PatternUse use);
  std::optional<Pattern> ParseClient(const ListEntry& entry);
  void WarnOfOdd(const ListEntry& entry);
  void WarnOfDead(const ListEntry& entry, const Pattern& pattern, PatternUse use);
  void WarnOfDomains(const EntryList& entries);

  const std::vector<NamedList>& lists_;
  DiagnosticList& diagnostics_;
  ListGraph graph_;
  absl::flat_hash_map<std::pair<size_t, PatternUse>, std::shared_ptr<const PatternList>> parsed_;
  absl::flat_hash_set<size_t> warned_of_domains_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_PATTERN_RESOLVER_H_
