// Reads the agent's settings file, and the files of server entries that it names.
//
// All findings of all files are reported together, each with file, line and column; unknown and duplicate keys are
// errors. Relative paths are resolved against the folder of the settings file.
//
// Threads: any; the functions only read files.

#ifndef IDLEWARDEN_AGENT_SETTINGS_SETTINGS_READER_H_
#define IDLEWARDEN_AGENT_SETTINGS_SETTINGS_READER_H_

#include <string>
#include <vector>

#include "agent/settings/settings.h"
#include "policy/diagnostics/diagnostic.h"

namespace idlewarden::agent {

struct SettingsResult {
  Settings settings;  // usable only if `diagnostics` has no errors (policy::HasErrors)
  std::vector<policy::Diagnostic> diagnostics;
};

// From a text. `file_name` is what diagnostics say; `base_dir` is what relative paths are relative to. Reads the files
// of `server_files` and checks the password files.
SettingsResult ParseSettings(const std::string& text, const std::string& file_name, const std::string& base_dir);

// From a file. A file that cannot be read is a diagnostic as well.
SettingsResult ReadSettings(const std::string& path);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_SETTINGS_READER_H_
