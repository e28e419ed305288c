// What an operator gives with an act of theirs: who they are and why.
//
// A plain value; pure functions.

#ifndef IDLEWARDEN_AGENT_OVERRIDES_OPERATOR_NOTE_H_
#define IDLEWARDEN_AGENT_OVERRIDES_OPERATOR_NOTE_H_

#include <string>

#include "absl/status/status.h"

namespace idlewarden::agent {

struct OperatorNote {
  std::string by;
  std::string reason;
};

// InvalidArgument if a text is too long to be kept.
absl::Status CheckTexts(const OperatorNote& note);
// The same, or nobody is named.
absl::Status CheckNote(const OperatorNote& note);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_OVERRIDES_OPERATOR_NOTE_H_
