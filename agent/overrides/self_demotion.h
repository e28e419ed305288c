// SelfDemotion: a rule whose closes go wrong falls back to observe by itself, until an operator restores it.
//
// Wrong is a close whose sessions are back within a minute, are still there, or that the server denied or failed. A
// rule is demoted when, among its closes of the last `window`, there are at least `at_least` and more than `share` of
// them went wrong. What never was a close (gone already, became active, withdrawn, expired) does not count.
//
// Threads: not synchronised; the event loop only. Time is an argument.

#ifndef IDLEWARDEN_AGENT_OVERRIDES_SELF_DEMOTION_H_
#define IDLEWARDEN_AGENT_OVERRIDES_SELF_DEMOTION_H_

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/clock/steady_time.h"
#include "agent/executor/journal/close_record.h"
#include "agent/ledger/demotion_records.h"
#include "agent/ledger/ledger.h"
#include "agent/overrides/ledger_backlog.h"
#include "agent/overrides/operator_note.h"

namespace idlewarden::agent {

struct SelfDemotionOptions {
  bool enabled = true;
  absl::Duration window = absl::Hours(1);
  double share = 0.5;  // in [0, 1]
  int at_least = 10;
};

class SelfDemotion {
 public:
  SelfDemotion(const SelfDemotionOptions& options, Ledger& ledger, LedgerBacklog& backlog, std::string agent_name)
      : options_(options), ledger_(ledger), backlog_(backlog), agent_name_(std::move(agent_name)) {}

  // Takes up the demotions of the ledger.
  absl::Status Restore();

  // Counts an outcome of a rule; `wall` is the same instant, for the record. True if the rule is
  // demoted by it. A demotion that cannot be written is in force all the same, and is written once that works.
  bool Count(absl::string_view rule, Outcome outcome, SteadyTime now, absl::Time wall);

  // NotFound if the rule is not demoted; the ledger's error if it cannot be written: it stays demoted then.
  absl::Status Restore(absl::string_view rule, const OperatorNote& note, absl::Time now);

  bool IsDemoted(absl::string_view rule) const { return demoted_.contains(rule); }
  std::vector<Demotion> list() const;  // by rule

 private:
  // Of one rule, within the window. Kept as they come, so that each outcome costs the same however many closes there
  // are.
  struct Closes {
    std::deque<SteadyTime> closed;                     // that went well, oldest first
    std::deque<std::pair<SteadyTime, Outcome>> wrong;  // oldest first
    std::map<Outcome, int> wrong_by_outcome;           // of `wrong`

    size_t size() const { return closed.size() + wrong.size(); }
  };

  static void Add(Outcome outcome, SteadyTime now, Closes& closes);
  static void Expire(SteadyTime horizon, Closes& closes);
  // "12 of 20 closes within 1h went wrong: 8 returned, 4 denied".
  std::string Why(const Closes& closes) const;
  void Demote(absl::string_view rule, const Closes& closes, absl::Time since);

  const SelfDemotionOptions options_;
  Ledger& ledger_;
  LedgerBacklog& backlog_;
  const std::string agent_name_;
  std::map<std::string, Closes, std::less<>> closes_;     // by rule
  std::map<std::string, Demotion, std::less<>> demoted_;  // by rule
};

// One sentence for people.
std::string DemotionSentence(const Demotion& demotion);

}  // namespace idlewarden::agent

#endif  // IDLEWARDEN_AGENT_OVERRIDES_SELF_DEMOTION_H_
