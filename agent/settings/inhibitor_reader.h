// Reads the settings' `inhibitors`.
//
// Reports what is wrong, as settings_reader.h does. Not synchronised.

#ifndef IDLEWARDEN_AGENT_SETTINGS_INHIBITOR_READER_H_
#define IDLEWARDEN_AGENT_SETTINGS_INHIBITOR_READER_H_

#include <vector>

#include "agent/settings/settings.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::agent {

std::vector<InhibitorSettings> ReadInhibitors(const policy::YamlNode& node, policy::DiagnosticList& diagnostics);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_INHIBITOR_READER_H_
