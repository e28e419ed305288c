// PolicyHolder: the policy in force, replaced in two steps: a candidate is read and compiled beside it, and only one
// without errors takes its place. A bad file leaves the last good policy in force.
//
// Threads: the event loop only. The policies themselves are immutable.

#ifndef IDLEWARDEN_AGENT_LOOP_POLICY_HOLDER_H_
#define IDLEWARDEN_AGENT_LOOP_POLICY_HOLDER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "policy/compiler/compile.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/diagnostics/diagnostic.h"

namespace idlewarden::agent {

class PolicyHolder {
 public:
  using Read = std::function<absl::StatusOr<policy::PolicySource>()>;

  // `file` is what the policy is called; `read` gives its present text.
  PolicyHolder(std::string file, Read read, policy::CompileOptions options);

  struct Attempt {
    bool taken = false;
    bool changed = false;  // taken, and it does not mean the same as the one before
    std::vector<policy::Diagnostic> diagnostics;
  };
  Attempt Reload(absl::Time now);

  // Null before the first Reload that was taken.
  const std::shared_ptr<const policy::CompiledPolicy>& policy() const { return policy_; }
  const std::string& file() const { return file_; }
  // The text of the policy file, as it was read for policy().
  const std::string& text() const { return text_; }
  absl::Time loaded_at() const { return loaded_at_; }
  // The first error of the last Reload, as FILE:LINE:COLUMN: …; empty if it was taken.
  const std::string& last_error() const { return last_error_; }
  // The list files that the last Reload asked for, as the policy writes them.
  const std::vector<std::string>& list_files() const { return list_files_; }

 private:
  std::string file_;
  Read read_;
  policy::CompileOptions options_;
  std::shared_ptr<const policy::CompiledPolicy> policy_;
  std::string text_;
  absl::Time loaded_at_;
  std::string last_error_;
  std::vector<std::string> list_files_;
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_LOOP_POLICY_HOLDER_H_
