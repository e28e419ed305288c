#include "agent/loop/policy_holder.h"

#include <algorithm>
#include <utility>

namespace idlewarden::agent {

PolicyHolder::PolicyHolder(std::string file, Read read, policy::CompileOptions options)
    : file_(std::move(file)), read_(std::move(read)), options_(options) {}

PolicyHolder::Attempt PolicyHolder::Reload(absl::Time now) {
  std::vector<std::string> list_files;
  policy::CompileResult result;
  std::string text;
  if (absl::StatusOr<policy::PolicySource> source = read_(); source.ok()) {
    if (source->read_list_file) {
      source->read_list_file = [&list_files, read = source->read_list_file](const std::string& path) {
        list_files.push_back(path);
        return read(path);
      };
    }
    result = policy::CompilePolicy(*source, options_);
    text = std::move(source->text);
  } else {
    result = policy::UnreadablePolicy(file_, source.status());
  }
  list_files_ = std::move(list_files);
  Attempt attempt{.taken = result.policy != nullptr, .diagnostics = std::move(result.diagnostics)};
  if (attempt.taken) {
    attempt.changed = policy_ == nullptr || policy_->hash() != result.policy->hash();
    policy_ = std::move(result.policy);
    text_ = std::move(text);
    loaded_at_ = now;
    last_error_.clear();
  } else {
    const auto first = std::find_if(attempt.diagnostics.begin(), attempt.diagnostics.end(), [](const auto& diagnostic) {
      return diagnostic.severity == policy::Severity::kError;
    });
    last_error_ = first == attempt.diagnostics.end() ? "the policy has errors" : policy::FormatDiagnostic(*first);
  }
  return attempt;
}

}  // namespace idlewarden::agent
