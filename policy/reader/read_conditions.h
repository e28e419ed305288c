// Reads `when`: a map of conditions, with `any` among them.

#ifndef IDLEWARDEN_POLICY_READER_READ_CONDITIONS_H_
#define IDLEWARDEN_POLICY_READER_READ_CONDITIONS_H_

#include "policy/diagnostics/diagnostic_list.h"
#include "policy/model/policy.h"
#include "policy/reader/read_window.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::policy {

// Stands in for an `idle` with errors, so that the rule is not also reported as having none, or too short a one.
inline constexpr TimeBounds kIdleAfterError = {int64_t{1} << 30, std::nullopt};

When ReadWhen(const YamlNode& node, const NamedZone& default_zone, DiagnosticList& diagnostics);

// A LIST: a sequence of texts with at least one entry. Empty after errors.
EntryList ReadEntryList(const YamlNode& node, absl::string_view what, DiagnosticList& diagnostics);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_READER_READ_CONDITIONS_H_
