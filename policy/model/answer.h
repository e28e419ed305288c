// Three-valued logic: what a condition answers about a session.
//
// Unknown is not zero: a value that was not reported makes a condition unknown, and unknown never closes a session. The
// order no < unknown < yes makes a conjunction the minimum and an alternative the maximum of its parts.

#ifndef IDLEWARDEN_POLICY_MODEL_ANSWER_H_
#define IDLEWARDEN_POLICY_MODEL_ANSWER_H_

#include <algorithm>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

enum class Answer : uint8_t { kNo = 0, kUnknown = 1, kYes = 2 };

constexpr Answer And(Answer a, Answer b) { return std::min(a, b); }
constexpr Answer Or(Answer a, Answer b) { return std::max(a, b); }
constexpr Answer Not(Answer a) { return static_cast<Answer>(2 - static_cast<uint8_t>(a)); }
constexpr Answer ToAnswer(bool value) { return value ? Answer::kYes : Answer::kNo; }

// "no", "unknown" or "yes".
constexpr absl::string_view AnswerName(Answer answer) {
  return answer == Answer::kNo ? "no" : answer == Answer::kUnknown ? "unknown" : "yes";
}

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_ANSWER_H_
