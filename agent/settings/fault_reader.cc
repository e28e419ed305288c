#include "agent/settings/fault_reader.h"

#include <optional>
#include <utility>

#include "absl/strings/string_view.h"
#include "agent/settings/field_reader.h"

namespace idlewarden::agent {

using policy::DiagnosticList;
using policy::MapReader;
using policy::YamlNode;

namespace {

using Kinds = std::vector<std::pair<absl::string_view, FaultKind>>;

constexpr int64_t kMost = 1'000'000'000;

const Kinds& KindsOf(FaultCall call) {
  static const auto* const enumerate = new Kinds{{"error", FaultKind::kError},
                                                 {"timeout", FaultKind::kTimeout},
                                                 {"hang", FaultKind::kHang},
                                                 {"delay", FaultKind::kDelay},
                                                 {"half-reply", FaultKind::kHalfReply},
                                                 {"empty", FaultKind::kEmpty},
                                                 {"duplicate-rows", FaultKind::kDuplicateRows},
                                                 {"idle-jump", FaultKind::kIdleJump},
                                                 {"age-jump", FaultKind::kAgeJump},
                                                 {"all-zero-idle", FaultKind::kAllZeroIdle},
                                                 {"no-idle", FaultKind::kNoIdle},
                                                 {"absurd-values", FaultKind::kAbsurdValues},
                                                 {"many-rows", FaultKind::kManyRows}};
  static const auto* const close =
      new Kinds{{"error", FaultKind::kError}, {"timeout", FaultKind::kTimeout},      {"hang", FaultKind::kHang},
                {"delay", FaultKind::kDelay}, {"lost-reply", FaultKind::kLostReply}, {"ignored", FaultKind::kIgnored}};
  return call == FaultCall::kEnumerate ? *enumerate : *close;
}

const std::vector<std::pair<absl::string_view, std::string>>& CauseWords() {
  static const auto* const words = [] {
    auto* made = new std::vector<std::pair<absl::string_view, std::string>>;
    for (const char* cause : {"access-denied", "auth-failed", "refused", "unreachable", "timeout", "name-resolution",
                              "protocol", "disconnected", "server-error", "worker", "internal"}) {
      made->emplace_back(cause, cause);
    }
    return made;
  }();
  return *words;
}

void ReadCount(const YamlNode& node, FaultSettings* fault, DiagnosticList& diagnostics) {
  if (node.kind == YamlNode::Kind::kScalar && node.text == "forever") {
    fault->count = FaultSettings::kForever;
  } else {
    Assign(policy::ReadInteger(node, "`count`", 1, kMost, diagnostics), &fault->count);
  }
}

FaultSettings ReadFault(const YamlNode& node, DiagnosticList& diagnostics) {
  FaultSettings fault;
  const MapReader map(node, "a fault", {"call", "kind", "skip", "count", "error", "cause", "amount", "delay"},
                      diagnostics);
  if (const YamlNode* call = map.Find("call")) {
    Assign(ReadWord<FaultCall>(*call, "`call`", {{"enumerate", FaultCall::kEnumerate}, {"close", FaultCall::kClose}},
                               diagnostics),
           &fault.call);
  }
  if (const YamlNode* kind = map.Require("kind")) {
    Assign(ReadWord(*kind, "`kind`", KindsOf(fault.call), diagnostics), &fault.kind);
  }
  if (const YamlNode* skip = map.Find("skip")) {
    Assign(policy::ReadInteger(*skip, "`skip`", 0, kMost, diagnostics), &fault.skip);
  }
  if (const YamlNode* count = map.Find("count")) ReadCount(*count, &fault, diagnostics);
  if (const YamlNode* error = map.Find("error")) {
    Assign(policy::ReadInteger(*error, "`error`", 1, 65535, diagnostics), &fault.windows_error);
  }
  if (const YamlNode* cause = map.Find("cause")) {
    Assign(ReadWord(*cause, "`cause`", CauseWords(), diagnostics), &fault.cause);
  }
  if (const YamlNode* amount = map.Find("amount")) {
    Assign(policy::ReadInteger(*amount, "`amount`", 0, kMost, diagnostics), &fault.amount);
  }
  if (const YamlNode* delay = map.Find("delay")) {
    Assign(policy::ReadDuration(*delay, "`delay`", diagnostics), &fault.delay);
  }
  return fault;
}

}  // namespace

std::vector<FaultSettings> ReadFaults(const YamlNode& node, DiagnosticList& diagnostics) {
  std::vector<FaultSettings> faults;
  const std::vector<const YamlNode*>* entries = policy::ReadSequence(node, "`faults`", diagnostics);
  if (entries == nullptr) return faults;
  for (const YamlNode* entry : *entries) faults.push_back(ReadFault(*entry, diagnostics));
  return faults;
}

}  // namespace idlewarden::agent
