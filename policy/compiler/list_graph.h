// Which lists include which: finds names that do not exist and cycles, and answers what a list comes to.

#ifndef IDLEWARDEN_POLICY_COMPILER_LIST_GRAPH_H_
#define IDLEWARDEN_POLICY_COMPILER_LIST_GRAPH_H_

#include <cstddef>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/model/policy.h"

namespace idlewarden::policy {

// True for `$name`.
bool IsListReference(const ListEntry& entry);

class ListGraph {
 public:
  // Reports cycles and, where `whole` (all lists are at hand), unknown names in the lists themselves. `lists` must
  // outlive the graph.
  ListGraph(const std::vector<NamedList>& lists, bool whole, DiagnosticList& diagnostics);

  // The indexes of the lists that `entries` includes, directly or not, each once, in ascending order; marks them as
  // used. Reports names that do not exist, and lists that include each other too often.
  std::vector<size_t> Closure(const EntryList& entries);

  bool used(size_t list) const { return used_[list]; }

 private:
  static constexpr size_t kMaxIncluded = 1'000'000;  // over all calls of Closure

  // The direct includes of the entries; unknown names are reported.
  std::vector<size_t> Includes(const EntryList& entries);
  void FindCycles();

  const std::vector<NamedList>& lists_;
  bool whole_;
  DiagnosticList& diagnostics_;
  absl::flat_hash_map<absl::string_view, size_t> index_;
  std::vector<absl::string_view> names_;
  std::vector<std::vector<size_t>> includes_;
  std::vector<bool> used_;
  std::vector<size_t> visited_;  // by list: the latest walk that saw it
  size_t walk_ = 0;
  size_t included_ = 0;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_LIST_GRAPH_H_
