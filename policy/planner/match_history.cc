#include "policy/planner/match_history.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "policy/evaluator/table_evaluator.h"
#include "policy/model/client_name.h"
#include "policy/model/resolved_policy.h"
#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {
namespace {

// Servers round ages, so a session may seem a little younger than it is.
constexpr absl::Duration kAgeSlack = absl::Seconds(2);

std::string KeyText(const MatchHistory::Key& key) {
  const absl::string_view end("\0", 1);
  return absl::StrCat(key.client, end, key.user, end, key.rule_fingerprint, end, key.connection.value_or(""));
}

MatchHistory::Key ParseKey(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('\0', 3));
  std::optional<absl::string_view> connection;
  if (!parts[3].empty()) connection = parts[3];
  return {.client = parts[0], .user = parts[1], .connection = connection, .rule_fingerprint = parts[2]};
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
  uint32_t pair = 0;                                 // its number on the server
  bool whole = false;                                // all sessions of the pair
  std::vector<absl::Time> began;                     // sorted, of the sessions with a known age
  absl::Time youngest_began = absl::InfinitePast();  // of those
  bool told_apart = false;                           // from the other sessions of the pair, by their beginnings

  bool ages_known() const { return began.size() == static_cast<size_t>(sessions); }
};

using ObservedPairs = absl::flat_hash_map<std::string, Observed>;

// When each session of each pair began; InfinitePast if unknown.
std::vector<std::vector<absl::Time>> BeginningsByPair(const SessionRows& rows, absl::Time now) {
  std::vector<std::vector<absl::Time>> began(rows.pair_count);
  for (size_t row = 0; row < rows.pair.size(); ++row) {
    const uint32_t age = rows.age[row];
    began[rows.pair[row]].push_back(age == kUnknownNumber ? absl::InfinitePast() : now - absl::Seconds(age));
  }
  for (std::vector<absl::Time>& of_pair : began) std::sort(of_pair.begin(), of_pair.end());
  return began;
}

// How many of the sorted times are about that one. Twice the slack: each of two may be told a little wrong, now or the
// next time.
auto CountNear(const std::vector<absl::Time>& times, absl::Time time) {
  return std::upper_bound(times.begin(), times.end(), time + 2 * kAgeSlack) -
         std::lower_bound(times.begin(), times.end(), time - 2 * kAgeSlack);
}

// Whether none of the pair's other sessions began at about the time of one of `some`. Both sorted.
bool AreToldApart(const std::vector<absl::Time>& some, const std::vector<absl::Time>& all) {
  if (!all.empty() && all.front() == absl::InfinitePast()) return false;
  return std::all_of(some.begin(), some.end(),
                     [&](absl::Time began) { return CountNear(all, began) == CountNear(some, began); });
}

bool CanBeNamed(const ServerView& server, size_t row) {
  const SessionRows& rows = *server.block().rows;
  return server.pools().clients()[rows.client[row]].nameable && server.pools().users()[rows.user[row]].nameable;
}

ObservedPairs CollectMatches(const CompiledPolicy& policy, const ServerView& server, const MatchHistory::Moment& at,
                             LookupCache* kept) {
  ObservedPairs pairs;
  const std::vector<RowMatch> matches = TableEvaluator(policy, server, at.wall, kept).Evaluate(server);
  const SessionRows& rows = *server.block().rows;
  for (size_t row = 0; row < matches.size(); ++row) {
    const int32_t rule = matches[row].rule;
    if (rule < 0 || policy.rule_for(rule) == absl::ZeroDuration()) continue;
    if (!CanBeNamed(server, row)) continue;
    Observed& observed = pairs[KeyText(MatchHistory::KeyOf(server, row, policy.resolved().rules[rule].fingerprint))];
    ++observed.sessions;
    observed.pair = rows.pair[row];
    if (rows.age[row] != kUnknownNumber) observed.began.push_back(at.measured - absl::Seconds(rows.age[row]));
  }
  if (pairs.empty()) return pairs;
  const std::vector<std::vector<absl::Time>> all = BeginningsByPair(rows, at.measured);
  for (auto& [key, observed] : pairs) {
    const std::vector<absl::Time>& of_pair = all[observed.pair];
    std::sort(observed.began.begin(), observed.began.end());
    if (!observed.began.empty()) observed.youngest_began = observed.began.back();
    observed.whole = static_cast<size_t>(observed.sessions) == of_pair.size();
    observed.told_apart = observed.ages_known() && (observed.whole || AreToldApart(observed.began, of_pair));
  }
  return pairs;
}

// Whether each of `some` is another one of `all`, as far as ages tell. Both sorted.
bool AreAmong(const std::vector<absl::Time>& some, const std::vector<absl::Time>& all) {
  auto next = all.begin();
  for (const absl::Time began : some) {
    next = std::find_if(next, all.end(), [&](absl::Time other) { return other >= began - kAgeSlack; });
    if (next == all.end() || *next++ > began + kAgeSlack) return false;
  }
  return true;
}

// Whether the sessions of now are those of `known`.
bool SameSessions(const MatchHistory::Entry& known, const Observed& observed) {
  if (observed.sessions > known.sessions || observed.youngest_began > known.since + kAgeSlack) return false;
  if (known.whole) return true;
  // Not all of the pair matched: those of now may be the others.
  return observed.told_apart && AreAmong(observed.began, known.began);
}

// Whether they are, and have matched in between as far as was looked.
bool GoesOn(const MatchHistory::Entry& known, const Observed& observed, absl::Time now) {
  const bool same = SameSessions(known, observed) && now > known.last;
  if (!known.restored) return same;
  return same && observed.ages_known() && now - known.last <= MatchHistory::kLongestAbsence;
}

MatchHistory::Entry FirstSeen(Observed observed, absl::Time now) {
  MatchHistory::Entry entry{
      .since = now, .last = now, .enumerations = 1, .sessions = observed.sessions, .whole = observed.whole};
  if (!observed.whole && observed.told_apart) entry.began = std::move(observed.began);
  return entry;
}

}  // namespace

void MatchHistory::OnEnumeration(const CompiledPolicy& policy, const SessionTable& table, size_t server_index,
                                 const Moment& at, LookupCache* kept) {
  const ServerView server = table.server(server_index);
  if (!AnyRuleWaits(policy)) {
    servers_.erase(server.name());
    return;
  }
  Pairs before = std::exchange(servers_[server.name()], {});
  Pairs& now = servers_[server.name()];
  for (auto& [key, observed] : CollectMatches(policy, server, at, kept)) {
    const auto known = before.find(key);
    const bool goes_on = known != before.end() && GoesOn(known->second, observed, at.measured);
    Entry entry = FirstSeen(std::move(observed), at.measured);
    if (goes_on) {
      entry.since = known->second.since;
      entry.enumerations = known->second.enumerations + 1;
    } else if (known != before.end() && !known->second.restored && at.measured <= known->second.last) {
      entry = known->second;  // the same enumeration once more
    }
    now.emplace(key, std::move(entry));
  }
}

void MatchHistory::OnRecheck(const CompiledPolicy& policy, const SessionTable& table, size_t server_index,
                             absl::string_view client, const Moment& at, LookupCache* kept) {
  const ServerView server = table.server(server_index);
  const auto pairs = servers_.find(server.name());
  if (pairs == servers_.end() || pairs->second.empty() || !AnyRuleWaits(policy)) return;
  const ObservedPairs observed = CollectMatches(policy, server, at, kept);
  const std::string of_client = absl::StrCat(CanonicalClient(client), absl::string_view("\0", 1));
  absl::erase_if(pairs->second, [&](const auto& entry) {
    if (!absl::StartsWith(entry.first, of_client)) return false;
    const auto found = observed.find(entry.first);
    if (found == observed.end() || !(found->second.whole || found->second.told_apart)) return true;
    return !SameSessions(entry.second, found->second);
  });
}

void MatchHistory::Restore(absl::string_view server, const Key& key, absl::Time since, absl::Time last,
                           int64_t sessions) {
  servers_[server].insert_or_assign(
      KeyText(key),
      Entry{.since = since, .last = last, .enumerations = 1, .sessions = sessions, .whole = true, .restored = true});
}

void MatchHistory::ForEach(absl::string_view server,
                           const std::function<void(const Key& key, const Entry& entry)>& visit) const {
  const auto pairs = servers_.find(server);
  if (pairs == servers_.end()) return;
  for (const auto& [text, entry] : pairs->second) visit(ParseKey(text), entry);
}

void MatchHistory::Forget(absl::string_view server) { servers_.erase(server); }

const MatchHistory::Entry* MatchHistory::Find(absl::string_view server, const Key& key) const {
  const auto pairs = servers_.find(server);
  if (pairs == servers_.end()) return nullptr;
  const auto entry = pairs->second.find(KeyText(key));
  return entry == pairs->second.end() ? nullptr : &entry->second;
}

size_t MatchHistory::size() const {
  size_t size = 0;
  for (const auto& [server, pairs] : servers_) size += pairs.size();
  return size;
}

}  // namespace idlewarden::policy
