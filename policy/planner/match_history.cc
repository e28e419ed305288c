#include "policy/planner/match_history.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "policy/compiler/resolved_policy.h"
#include "policy/evaluator/table_evaluator.h"
#include "policy/model/client_name.h"
#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {
namespace {

// Servers round ages, so a session may seem a little younger than it is.
constexpr absl::Duration kAgeSlack = absl::Seconds(2);

std::string KeyText(absl::string_view client, absl::string_view user, absl::string_view rule_fingerprint) {
  const absl::string_view end("\0", 1);
  return absl::StrCat(client, end, user, end, rule_fingerprint);
}

bool AnyRuleWaits(const CompiledPolicy& policy) {
  for (size_t rule = 0; rule < policy.rule_count(); ++rule) {
    if (policy.rule_for(rule) > absl::ZeroDuration()) return true;
  }
  return false;
}

// What the latest enumeration shows of one pair and rule.
struct Observed {
  int64_t sessions = 0;
  uint32_t pair = 0;
  absl::Time youngest_began = absl::InfinitePast();  // of the sessions with a known age
  bool ages_known = true;                            // of all sessions
};

using ObservedPairs = absl::flat_hash_map<std::string, Observed>;

ObservedPairs CollectMatches(const CompiledPolicy& policy, const ServerView& server, absl::Time at) {
  ObservedPairs pairs;
  const std::vector<RowMatch> matches = TableEvaluator(policy, server, at).Evaluate(server);
  const SessionRows& rows = *server.block().rows;
  for (size_t row = 0; row < matches.size(); ++row) {
    const int32_t rule = matches[row].rule;
    if (rule < 0 || policy.rule_for(rule) == absl::ZeroDuration()) continue;
    Observed& observed =
        pairs[KeyText(server.pools().clients()[rows.client[row]].name, server.pools().users()[rows.user[row]].folded,
                      policy.resolved().rules[rule].fingerprint)];
    ++observed.sessions;
    observed.pair = rows.pair[row];
    if (rows.age[row] == kUnknownNumber) {
      observed.ages_known = false;
      continue;
    }
    observed.youngest_began = std::max(observed.youngest_began, at - absl::Seconds(rows.age[row]));
  }
  return pairs;
}

// Whether the sessions of now are those of `known`.
bool SameSessions(const MatchHistory::Entry& known, const Observed& observed) {
  // Sessions of a pair cannot be told apart: where not all of them matched, those of now may be the others.
  return known.whole && observed.sessions <= known.sessions && observed.youngest_began <= known.since + kAgeSlack;
}

// Whether they are, and have matched in between as far as was looked.
bool GoesOn(const MatchHistory::Entry& known, const Observed& observed, absl::Time at) {
  const bool same = SameSessions(known, observed) && at > known.last;
  if (!known.restored) return same;
  return same && observed.ages_known && at - known.last <= MatchHistory::kLongestAbsence;
}

// How many sessions each pair of the server has.
std::vector<int64_t> PairSizes(const ServerView& server) {
  const SessionRows& rows = *server.block().rows;
  std::vector<int64_t> sizes(rows.pair_count);
  for (const uint32_t pair : rows.pair) ++sizes[pair];
  return sizes;
}

}  // namespace

void MatchHistory::Observe(const CompiledPolicy& policy, const SessionTable& table, size_t server_index,
                           absl::Time at) {
  const ServerView server = table.server(server_index);
  if (!AnyRuleWaits(policy)) {
    servers_.erase(server.name());
    return;
  }
  Pairs before = std::exchange(servers_[server.name()], {});
  Pairs& now = servers_[server.name()];
  const std::vector<int64_t> pair_sizes = PairSizes(server);
  for (const auto& [key, observed] : CollectMatches(policy, server, at)) {
    Entry entry{at, at, 1, observed.sessions, observed.sessions == pair_sizes[observed.pair]};
    const auto known = before.find(key);
    if (known != before.end() && GoesOn(known->second, observed, at)) {
      entry.since = known->second.since;
      entry.enumerations = known->second.enumerations + 1;
    } else if (known != before.end() && !known->second.restored && at <= known->second.last) {
      entry = known->second;  // the same enumeration once more
    }
    now.emplace(key, entry);
  }
}

void MatchHistory::Recheck(const CompiledPolicy& policy, const SessionTable& table, size_t server_index,
                           absl::string_view client, absl::Time at) {
  const ServerView server = table.server(server_index);
  const auto pairs = servers_.find(server.name());
  if (pairs == servers_.end() || pairs->second.empty() || !AnyRuleWaits(policy)) return;
  const ObservedPairs observed = CollectMatches(policy, server, at);
  const std::vector<int64_t> pair_sizes = PairSizes(server);
  const std::string of_client = absl::StrCat(CanonicalClient(client), absl::string_view("\0", 1));
  absl::erase_if(pairs->second, [&](const auto& entry) {
    if (!absl::StartsWith(entry.first, of_client)) return false;
    const auto found = observed.find(entry.first);
    return found == observed.end() || found->second.sessions != pair_sizes[found->second.pair] ||
           !SameSessions(entry.second, found->second);
  });
}

void MatchHistory::Restore(absl::string_view server, const Key& key, absl::Time since, absl::Time last,
                           int64_t sessions) {
  servers_[server].insert_or_assign(
      KeyText(key.client, key.user, key.rule_fingerprint),
      Entry{.since = since, .last = last, .enumerations = 1, .sessions = sessions, .whole = true, .restored = true});
}

void MatchHistory::ForEach(absl::string_view server,
                           const std::function<void(const Key& key, const Entry& entry)>& visit) const {
  const auto pairs = servers_.find(server);
  if (pairs == servers_.end()) return;
  for (const auto& [text, entry] : pairs->second) {
    const std::vector<absl::string_view> parts = absl::StrSplit(text, '\0');
    visit({.client = parts[0], .user = parts[1], .rule_fingerprint = parts[2]}, entry);
  }
}

void MatchHistory::Forget(absl::string_view server) { servers_.erase(server); }

const MatchHistory::Entry* MatchHistory::Find(absl::string_view server, absl::string_view client,
                                              absl::string_view user, absl::string_view rule_fingerprint) const {
  const auto pairs = servers_.find(server);
  if (pairs == servers_.end()) return nullptr;
  const auto entry = pairs->second.find(KeyText(client, user, rule_fingerprint));
  return entry == pairs->second.end() ? nullptr : &entry->second;
}

size_t MatchHistory::size() const {
  size_t size = 0;
  for (const auto& [server, pairs] : servers_) size += pairs.size();
  return size;
}

}  // namespace idlewarden::policy
