// The two planes in which three-valued answers are kept as bits.
//
// A conjunction is certain where all its conditions are certain, and possible where all are possible, so each plane is
// evaluated by itself with plain ANDs. Rules need the certain plane only, protections both.

#ifndef IDLEWARDEN_POLICY_MATCHER_CERTAINTY_H_
#define IDLEWARDEN_POLICY_MATCHER_CERTAINTY_H_

#include <cstdint>

#include "policy/model/answer.h"

namespace idlewarden::policy {

enum class Certainty : uint8_t {
  kCertain,   // yes
  kPossible,  // yes or unknown
};

constexpr bool Accepts(Answer answer, Certainty plane) {
  return answer == Answer::kYes || (answer == Answer::kUnknown && plane == Certainty::kPossible);
}

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MATCHER_CERTAINTY_H_
