// The plain evaluator: walks protections and rules in file order and answers each condition in three-valued logic.
//
// It follows the language's text line by line and is kept simple: it explains decisions to people and is the oracle
// that the compiled evaluator is tested against. Pure functions.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_PLAIN_EVALUATOR_H_
#define IDLEWARDEN_POLICY_EVALUATOR_PLAIN_EVALUATOR_H_

#include "policy/evaluator/row_match.h"
#include "policy/evaluator/session_facts.h"
#include "policy/model/answer.h"
#include "policy/model/resolved_policy.h"

namespace idlewarden::policy {

Answer AnswerCondition(const ResolvedCondition& condition, const SessionFacts& session);
Answer AnswerConditions(const ResolvedConditions& conditions, const SessionFacts& session);
Answer AnswerWhen(const ResolvedWhen& when, const SessionFacts& session);

RowMatch MatchPlainly(const ResolvedPolicy& policy, const SessionFacts& session);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_PLAIN_EVALUATOR_H_
