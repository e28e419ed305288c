// Since when each pair has matched its rule, enumeration after enumeration: what a rule's `for` is measured by.
//
// A pair is the finest thing that enumerations identify. A pair's time starts again when a session of it
// did not match, when one more session matches than before, or when a session is younger than the time measured so far.
// Where sessions of a pair match different rules, they are told apart by when they began; if that cannot be done, the
// time starts again with each enumeration.
//
// What an earlier run measured can be restored. It goes on only where that is sure: the sessions' ages are all known
// and reach back to it, and the agent was not away for long. Else the pair starts again: unknown never closes.
//
// Threads: not synchronised; belongs to the loop that observes.

#ifndef IDLEWARDEN_POLICY_PLANNER_MATCH_HISTORY_H_
#define IDLEWARDEN_POLICY_PLANNER_MATCH_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "policy/compiler/compiled_policy.h"
#include "policy/evaluator/lookup_cache.h"
#include "policy/model/session_table.h"

namespace idlewarden::policy {

class MatchHistory {
 public:
  // Times are measured ones; see Moment.
  struct Entry {
    absl::Time since;               // the first of the enumerations
    absl::Time last;                // the latest
    int64_t enumerations = 0;       // how many in between, both included
    int64_t sessions = 0;           // of the pair that matched in the latest
    bool whole = true;              // all sessions of the pair matched in the latest
    bool restored = false;          // of an earlier run, and not seen by this one yet
    std::vector<absl::Time> began;  // sorted, of those that matched; empty if whole, or if they cannot be told apart
  };

  // An instant, by the wall clock, which windows of the policy go by, and as time is measured, by a clock that nobody
  // sets: a wait must not be over because the wall clock was set forward.
  struct Moment {
    absl::Time wall;
    absl::Time measured;
  };

  // A pair and a rule; client and user in canonical form, the rule by its fingerprint, so that a policy that leaves a
  // rule unchanged leaves its times unchanged.
  struct Key {
    absl::string_view client;
    absl::string_view user;
    std::optional<absl::string_view> connection;  // as in PairKey
    absl::string_view rule_fingerprint;
  };
  // Of a row's pair.
  static Key KeyOf(const ServerView& server, size_t row, absl::string_view rule_fingerprint) {
    return {server.canonical_client(row), server.canonical_user(row), server.pair_connection(row), rule_fingerprint};
  }

  // Measured before a longer absence than this, nothing goes on.
  static constexpr absl::Duration kLongestAbsence = absl::Hours(1);

  // To be called once after each enumeration that was answered, before RunCycle. A session that it does not show has to
  // start again, so an incomplete one can only delay a close. Drops what no longer
  // matches, and what was kept for rules that `policy` no longer has in the same form. `kept`: see TableEvaluator.
  void OnEnumeration(const CompiledPolicy& policy, const SessionTable& table, size_t server_index, const Moment& at,
                     LookupCache* kept = nullptr);

  // Puts back what an earlier run measured up to `last`. Before the server's first OnEnumeration.
  void Restore(absl::string_view server, const Key& key, absl::Time since, absl::Time last, int64_t sessions);

  // All entries of a server, in no order.
  void ForEach(absl::string_view server, const std::function<void(const Key& key, const Entry& entry)>& visit) const;

  // To be called after a re-check of one client, whose rows in the table are newer than the latest enumeration: what it
  // shows of other sessions than those that have waited starts again. Never shortens a wait.
  void OnRecheck(const CompiledPolicy& policy, const SessionTable& table, size_t server_index, absl::string_view client,
                 const Moment& at, LookupCache* kept = nullptr);

  // Drops a server that left the inventory.
  void Forget(absl::string_view server);

  // Null if the pair did not match the rule in the latest enumeration.
  const Entry* Find(absl::string_view server, const Key& key) const;

  size_t size() const;

 private:
  // Key: client, user, the rule's fingerprint and the connection, with a NUL between. Only the last may hold one: what
  // cannot be named in a close is not observed.
  using Pairs = absl::flat_hash_map<std::string, Entry>;
  absl::flat_hash_map<std::string, Pairs> servers_;
};

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_PLANNER_MATCH_HISTORY_H_
