#include "agent/settings/inhibitor_reader.h"

#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/settings/field_reader.h"
#include "policy/reader/node_reader.h"

namespace idlewarden::agent {
namespace {

using policy::Code;
using policy::DiagnosticList;
using policy::MapReader;
using policy::YamlNode;

void ReadUrl(const YamlNode& node, const std::string& key, DiagnosticList& diagnostics, std::string* url) {
  const std::optional<std::string> text = ReadLine(node, absl::StrCat("`", key, "`"), diagnostics);
  if (!text.has_value()) return;
  const size_t scheme = text->find("://");
  const bool http = absl::StartsWith(*text, "http://") || absl::StartsWith(*text, "https://");
  const bool has_host = http && scheme + 3 < text->size() && (*text)[scheme + 3] != '/';
  // Status, metrics and log show the address: no place for a password.
  const bool plain = text->find_first_of("@ ?#") == std::string::npos;
  if (has_host && plain) {
    *url = std::string(absl::StripSuffix(*text, "/"));
    return;
  }
  diagnostics.Add(Code::kBadValue, node.place,
                  absl::StrCat("`", key, "` must be an address such as http://127.0.0.1:9090 without a user, not ",
                               policy::Quoted(*text)));
}

void ReadAlerts(const YamlNode& node, DiagnosticList& diagnostics, std::vector<std::string>* alerts) {
  const std::vector<const YamlNode*>* names = policy::ReadSequence(node, "`alerts`", diagnostics);
  if (names == nullptr) return;
  for (const YamlNode* name : *names) {
    if (std::optional<std::string> text = ReadLine(*name, "an alert's name", diagnostics)) alerts->push_back(*text);
  }
  if (names->empty()) diagnostics.Add(Code::kBadValue, node.place, "`alerts` must name at least one alert");
}

InhibitorSettings ReadInhibitor(const YamlNode& node, DiagnosticList& diagnostics) {
  InhibitorSettings inhibitor;
  const MapReader map(node, "an inhibitor", {"prometheus", "alertmanager", "alerts", "every"}, diagnostics);
  const YamlNode* prometheus = map.Find("prometheus");
  const YamlNode* alertmanager = map.Find("alertmanager");
  if ((prometheus == nullptr) == (alertmanager == nullptr)) {
    diagnostics.Add(Code::kBadValue, node.place, "an inhibitor has either `prometheus` or `alertmanager`");
  } else if (prometheus != nullptr) {
    ReadUrl(*prometheus, "prometheus", diagnostics, &inhibitor.url);
  } else {
    inhibitor.source = InhibitorSettings::Source::kAlertmanager;
    ReadUrl(*alertmanager, "alertmanager", diagnostics, &inhibitor.url);
  }
  if (const YamlNode* alerts = map.Require("alerts")) ReadAlerts(*alerts, diagnostics, &inhibitor.alerts);
  if (const YamlNode* every = map.Find("every")) {
    Assign(policy::ReadDuration(*every, "`every`", diagnostics), &inhibitor.every);
  }
  return inhibitor;
}

}  // namespace

std::vector<InhibitorSettings> ReadInhibitors(const YamlNode& node, DiagnosticList& diagnostics) {
  std::vector<InhibitorSettings> inhibitors;
  if (node.kind == YamlNode::Kind::kNull) return inhibitors;
  const std::vector<const YamlNode*>* entries = policy::ReadSequence(node, "`inhibitors`", diagnostics);
  if (entries == nullptr) return inhibitors;
  for (const YamlNode* entry : *entries) inhibitors.push_back(ReadInhibitor(*entry, diagnostics));
  return inhibitors;
}

}  // namespace idlewarden::agent
