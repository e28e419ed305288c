// The tree of an explanation as text.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_FORMAT_EXPLANATION_H_
#define IDLEWARDEN_POLICY_EVALUATOR_FORMAT_EXPLANATION_H_

#include <string>

#include "policy/evaluator/explain.h"

namespace idlewarden::policy {

// For people: one line a condition, each ended by a newline.
std::string FormatExplanation(const Explanation& explanation);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_FORMAT_EXPLANATION_H_
