// Reads the `faults` of a simulated or recorded server.
//
// Not synchronised.

#ifndef IDLEWARDEN_AGENT_SETTINGS_FAULT_READER_H_
#define IDLEWARDEN_AGENT_SETTINGS_FAULT_READER_H_

#include <vector>

#include "agent/settings/faults.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::agent {

std::vector<FaultSettings> ReadFaults(const policy::YamlNode& node, policy::DiagnosticList& diagnostics);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_FAULT_READER_H_
