#include "agent/settings/policy_file.h"

#include <utility>

#include "agent/settings/file_content.h"

namespace idlewarden::agent {

policy::PolicySource PolicyFromText(std::string text, const std::string& file_name, const std::string& base_dir) {
  policy::PolicySource source;
  source.file_name = file_name;
  source.text = std::move(text);
  source.list_folder = base_dir;
  source.read_list_file = [base_dir](const std::string& path) { return ReadWholeFile(ResolvePath(path, base_dir)); };
  return source;
}

absl::StatusOr<policy::PolicySource> ReadPolicyFile(const std::string& path) {
  absl::StatusOr<std::string> text = ReadWholeFile(path);
  if (!text.ok()) return text.status();
  return PolicyFromText(*std::move(text), path, FolderOf(path));
}

}  // namespace idlewarden::agent
