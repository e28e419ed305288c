#include "agent/settings/resolve_clients_reader.h"

#include <optional>
#include <string>
#include <vector>

#include "agent/settings/field_reader.h"
#include "agent/settings/nameserver.h"
#include "policy/reader/node_reader.h"

namespace idlewarden::agent {
namespace {

using policy::DiagnosticList;
using policy::MapReader;
using policy::YamlNode;

constexpr double kMaxPerSecond = 100'000;

std::vector<std::string> ReadNameservers(const YamlNode& node, DiagnosticList& diagnostics) {
  std::vector<std::string> nameservers;
  const std::vector<const YamlNode*>* entries = policy::ReadSequence(node, "`nameservers`", diagnostics);
  if (entries == nullptr) return nameservers;
  for (const YamlNode* entry : *entries) {
    std::optional<std::string> address = ReadLine(*entry, "a name server", diagnostics);
    if (!address.has_value()) continue;
    if (absl::Status status = ParseNameserver(*address).status(); !status.ok()) {
      diagnostics.Add(policy::Code::kBadValue, entry->place, std::string(status.message()));
      continue;
    }
    nameservers.push_back(*std::move(address));
  }
  return nameservers;
}

}  // namespace

ResolveClientsSettings ReadResolveClients(const YamlNode& node, DiagnosticList& diagnostics) {
  ResolveClientsSettings resolve;
  const MapReader map(node, "`resolve_clients`", {"enabled", "timeout", "keep", "per_second", "nameservers", "unnamed"},
                      diagnostics);
  if (const YamlNode* enabled = map.Find("enabled")) {
    Assign(policy::ReadBool(*enabled, "`enabled`", diagnostics), &resolve.enabled);
  }
  if (const YamlNode* timeout = map.Find("timeout")) {
    Assign(policy::ReadDuration(*timeout, "`timeout`", diagnostics), &resolve.timeout);
  }
  if (const YamlNode* keep = map.Find("keep")) {
    Assign(policy::ReadDuration(*keep, "`keep`", diagnostics), &resolve.keep);
  }
  if (const YamlNode* per_second = map.Find("per_second")) {
    Assign(ReadPositive(*per_second, "`per_second`", kMaxPerSecond, diagnostics), &resolve.per_second);
  }
  if (const YamlNode* nameservers = map.Find("nameservers")) {
    resolve.nameservers = ReadNameservers(*nameservers, diagnostics);
  }
  if (const YamlNode* unnamed = map.Find("unnamed")) {
    Assign(ReadWord<bool>(*unnamed, "`unnamed`", {{"unknown", false}, {"none", true}}, diagnostics),
           &resolve.unnamed_has_no_names);
  }
  return resolve;
}

}  // namespace idlewarden::agent
