// What one entry of a list answers for one session; and where nobody can know, why not and what would settle it.
//
// Names of users and hosts are spelled in many ways. An entry answers no only where it is certain that another user or
// host is meant: a protection must not fail, nor a rule act, because of a spelling. By the language's text, line by
// line, as the plain evaluator. Pure functions.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_PATTERN_ANSWER_H_
#define IDLEWARDEN_POLICY_EVALUATOR_PATTERN_ANSWER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "policy/evaluator/session_facts.h"
#include "policy/model/answer.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {

enum class UnknownReason : uint8_t {
  kNone,             // the answer is yes or no
  kNotReported,      // the server did not report the value
  kNoDomain,         // the entry names a domain, the user has none
  kOtherNotation,    // entry and user name their domains in different notations
  kAddressOnly,      // the entry is a host name, the client an address whose names are not known
  kNameOnly,         // the entry is an address, the client a name whose address is not known
  kPartlyQualified,  // of the entry and a name of the client's just one has a domain, and their first labels match
};

struct PatternAnswer {
  Answer answer = Answer::kNo;
  UnknownReason reason = UnknownReason::kNone;
  absl::string_view host = {};  // of kPartlyQualified: the client's name; lives as long as the session's table
};

// One entry against the value that `field` names.
PatternAnswer AnswerPattern(const Pattern& pattern, Field field, const SessionFacts& session);

// Whether the value that `field` names is known at all; if not, so is every condition on it.
bool IsReported(Field field, const SessionFacts& session);

// For people: why the answer is unknown, and what would settle it. Empty for other answers.
std::string ExplainUnknown(const Pattern& pattern, const PatternAnswer& answer, const SessionFacts& session);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_PATTERN_ANSWER_H_
