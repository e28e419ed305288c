#include "agent/settings/resolve_clients_reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/settings/field_reader.h"
#include "policy/model/ip.h"
#include "policy/reader/node_reader.h"

namespace idlewarden::agent {
namespace {

using policy::DiagnosticList;
using policy::MapReader;
using policy::YamlNode;

constexpr double kMaxPerSecond = 100'000;

// ADDRESS, IPV4:PORT or [ADDRESS]:PORT.
bool IsNameserver(absl::string_view text) {
  absl::string_view port;
  if (absl::ConsumePrefix(&text, "[")) {
    const size_t end = text.find(']');
    if (end == absl::string_view::npos) return false;
    port = text.substr(end + 1);
    text = text.substr(0, end);
    if (!port.empty() && !absl::ConsumePrefix(&port, ":")) return false;
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const size_t colon = text.find(':');
    port = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  int number = 53;
  const bool has_port = port.empty() || (absl::SimpleAtoi(port, &number) && number > 0 && number <= 65535);
  return has_port && policy::IpAddress::Parse(text).has_value();
}

std::vector<std::string> ReadNameservers(const YamlNode& node, DiagnosticList& diagnostics) {
  std::vector<std::string> nameservers;
  const std::vector<const YamlNode*>* entries = policy::ReadSequence(node, "`nameservers`", diagnostics);
  if (entries == nullptr) return nameservers;
  for (const YamlNode* entry : *entries) {
    std::optional<std::string> address = ReadLine(*entry, "a name server", diagnostics);
    if (!address.has_value()) continue;
    if (!IsNameserver(*address)) {
      diagnostics.Add(policy::Code::kBadValue, entry->place,
                      absl::StrCat("a name server must be an address such as 10.0.0.53, 10.0.0.53:5353 or [::1]:53, "
                                   "not ",
                                   policy::Quoted(*address)));
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
