// Why a session matches a protection or rule, or why not: the tree of conditions with what was measured, what is
// required, and the answer of each. By the plain evaluator, so it shows how decisions are defined.
//
// Pure functions over plain values.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_EXPLAIN_H_
#define IDLEWARDEN_POLICY_EVALUATOR_EXPLAIN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/evaluator/row_match.h"
#include "policy/model/answer.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy {

// A condition, or a group of them.
struct ExplainedNode {
  std::string name;      // "idle", "users", "label site", …; "all of" and "any of" for groups
  std::string required;  // "at least 15m"; empty for groups and for what is built in
  std::string measured;  // "31m40s", "unknown"; a sentence for what is built in; empty for groups
  std::string note;      // what decided, e.g. "matches svc-* of $service-accounts"; may be empty
  Answer answer = Answer::kNo;
  std::vector<ExplainedNode> parts;  // of groups
};

struct ExplainedEntry {
  std::string name;    // of the protection or rule
  std::string mode;    // of a rule
  std::string reason;  // of a protection: its author's text, may be empty
  ExplainedNode when;
};

struct Explanation {
  std::string server, client, user;  // as reported
  std::string canonical_client;
  absl::Time at;
  std::vector<ExplainedNode> built_in;  // anonymous, self, machine-account
  std::vector<ExplainedEntry> protections;
  std::vector<ExplainedEntry> rules;
  RowMatch match;  // what follows for this session alone
};

Explanation Explain(const CompiledPolicy& policy, const ServerView& server, size_t row, absl::Time at);

// For people: one line a condition, each ended by a newline.
std::string FormatExplanation(const Explanation& explanation);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_EXPLAIN_H_
