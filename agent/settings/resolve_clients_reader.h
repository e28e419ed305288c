// Reads the settings' `resolve_clients`.
//
// Reports what is wrong, as settings_reader.h does. Not synchronised.

#ifndef IDLEWARDEN_AGENT_SETTINGS_RESOLVE_CLIENTS_READER_H_
#define IDLEWARDEN_AGENT_SETTINGS_RESOLVE_CLIENTS_READER_H_

#include "agent/settings/settings.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::agent {

ResolveClientsSettings ReadResolveClients(const policy::YamlNode& node, policy::DiagnosticList& diagnostics);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_SETTINGS_RESOLVE_CLIENTS_READER_H_
