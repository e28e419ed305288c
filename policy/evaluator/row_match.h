// What an evaluator finds for one session: lines 2-4 of the decision table, before anything about pairs.

#ifndef IDLEWARDEN_POLICY_EVALUATOR_ROW_MATCH_H_
#define IDLEWARDEN_POLICY_EVALUATOR_ROW_MATCH_H_

#include <cstdint>

namespace idlewarden::policy {

struct RowMatch {
  // The first protection that answers yes; if none does, the first that answers unknown; -1 if all answer no.
  int32_t protection = -1;
  bool protection_unknown = false;  // it answered unknown
  // The first rule that answers yes; -1 if none does, or if a protection stands.
  int32_t rule = -1;

  friend bool operator==(const RowMatch&, const RowMatch&) = default;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_EVALUATOR_ROW_MATCH_H_
