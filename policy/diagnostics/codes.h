// The registry of diagnostic codes: every finding that a policy or settings file can provoke, with its stable text, its
// severity and what it means in plain words. The reference page docs/diagnostics.md is generated from it, and a test
// fails for a code that no test provokes.

#ifndef IDLEWARDEN_POLICY_DIAGNOSTICS_CODES_H_
#define IDLEWARDEN_POLICY_DIAGNOSTICS_CODES_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace idlewarden::policy {

enum class Severity : uint8_t { kError, kWarning };

enum class Code : uint8_t {
  // The file as text and as YAML.
  kUnreadable,
  kTooLarge,
  kNotUtf8,
  kYamlSyntax,
  kSecondDocument,
  kAliasBomb,
  kTooDeep,
  kUnsupportedTag,
  kDuplicateKey,
  // Shapes and values.
  kUnknownKey,
  kMissingKey,
  kWrongType,
  kBadVersion,
  kBadName,
  kDuplicateName,
  kBadDuration,
  kBadNumber,
  kBadValue,
  kContradictoryBounds,
  kEmptyCondition,
  kBadZone,
  kBadTime,
  kBadDay,
  kBadDate,
  kEmptyWindow,
  kBadNetwork,
  // Lists.
  kEmptyList,
  kUnknownList,
  kListCycle,
  kListFile,
  // Rules.
  kNestedAny,
  kNoIdle,
  // Warnings.
  kUnusedList,
  kNeverMatches,
  kShadowed,
  kNotCompared,
  kMatchesEverything,
  kIdleBelowPolling,
  kNetworkCovered,
  kPartialAddress,
  kDeadEntry,
  kCommentInEntry,
  kDomainInRule,
  kOddCharacter,
  kMoot,
};

struct CodeInfo {
  Code code;
  Severity severity;
  absl::string_view name;         // "unknown-key"
  absl::string_view explanation;  // what it means and what to do, one paragraph for docs/diagnostics.md
};

// All codes, in the order of the enumeration.
absl::Span<const CodeInfo> AllCodes();

// The stable text, e.g. "unknown-key".
absl::string_view CodeName(Code code);
Severity CodeSeverity(Code code);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_DIAGNOSTICS_CODES_H_
