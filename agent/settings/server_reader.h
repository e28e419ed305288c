// Reads the entries of `servers`, in the settings file and in the files of `server_files`.
//
// Not synchronised.

#ifndef IDLEWARDEN_AGENT_SETTINGS_SERVER_READER_H_
#define IDLEWARDEN_AGENT_SETTINGS_SERVER_READER_H_

#include <map>
#include <string>
#include <vector>

#include "agent/settings/settings.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::agent {

// Collects entries whose names are unique over all files (ignoring case).
class ServerReader {
 public:
  // Both must outlive the reader. `credentials` are those that entries may name.
  ServerReader(const std::map<std::string, Credentials>& credentials, policy::DiagnosticList& diagnostics)
      : credentials_(credentials), diagnostics_(diagnostics) {}

  // A sequence of entries. Relative paths in them are relative to `base_dir`.
  void ReadSequence(const policy::YamlNode& node, const std::string& base_dir);
  // A file of `server_files`: a sequence of entries, or a map with nothing but `servers`.
  void ReadFile(const std::string& path, uint32_t file);

  std::vector<ServerSettings> ApplyServerChanges() { return std::move(servers_); }

 private:
  void ReadEntry(const policy::YamlNode& node, const std::string& base_dir);
  bool CheckName(const policy::YamlNode& node, const std::string& name);

  const std::map<std::string, Credentials>& credentials_;
  policy::DiagnosticList& diagnostics_;
  std::vector<ServerSettings> servers_;
  std::map<std::string, decltype(policy::YamlNode::place)> names_;  // folded
};

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_SERVER_READER_H_
