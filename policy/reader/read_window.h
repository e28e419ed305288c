// Reads `during`: one WINDOW or a sequence of them.

#ifndef IDLEWARDEN_POLICY_READER_READ_WINDOW_H_
#define IDLEWARDEN_POLICY_READER_READ_WINDOW_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/model/window.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::policy {

// A zone by its IANA name, with it.
struct NamedZone {
  std::string name = "UTC";
  absl::TimeZone zone = absl::UTCTimeZone();
};

// Reports and returns UTC if the zone is unknown.
NamedZone ReadZone(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics);

// Empty after errors.
std::vector<Window> ReadWindows(const YamlNode& node, const NamedZone& default_zone, DiagnosticList& diagnostics);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_READ_WINDOW_H_
