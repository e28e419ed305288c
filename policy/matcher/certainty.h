// The two questions that a three-valued answer is asked as bits.
//
// A conjunction is certain where all its conditions are certain, and possible where all are possible, so each question
// is answered by itself with plain ANDs. Rules need the certain answer only, protections both.

#ifndef IDLEWARDEN_POLICY_MATCHER_CERTAINTY_H_
#define IDLEWARDEN_POLICY_MATCHER_CERTAINTY_H_

#include <cstdint>

#include "policy/model/answer.h"

namespace idlewarden::policy {

enum class Certainty : uint8_t {
  kCertain,   // yes
  kPossible,  // yes or unknown
};

constexpr bool Accepts(Answer answer, Certainty certainty) {
  return answer == Answer::kYes || (answer == Answer::kUnknown && certainty == Certainty::kPossible);
}

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_CERTAINTY_H_
