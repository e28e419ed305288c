#include "policy/evaluator/table_evaluator.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "policy/matcher/policy_index.h"

namespace idlewarden::policy {
namespace {

using Server = ConjunctionMatcher::Server;

std::vector<ServerView> ServersOf(const SessionTable& table) {
  std::vector<ServerView> servers;
  for (size_t i = 0; i < table.server_count(); ++i) servers.push_back(table.server(i));
  return servers;
}

// Rows to be evaluated together.
class SomeRows {
 public:
  SomeRows() = default;
  SomeRows(size_t first, size_t count) : count_(count) {
    std::iota(rows_.begin(), rows_.begin() + count, static_cast<uint32_t>(first));
  }

  // Calls matched(row, owner) for rows that something accepts. They leave, and are returned.
  template <typename Matched>
  SomeRows Match(const Server& server, const Matched& matched) {
    std::array<int32_t, Server::kMaxRows> owners;
    server.FirstMatches({rows_.data(), count_}, owners.data());
    SomeRows accepted;
    const size_t count = std::exchange(count_, 0);
    for (size_t i = 0; i < count; ++i) {
      SomeRows& next = owners[i] >= 0 ? accepted : *this;
      next.rows_[next.count_++] = rows_[i];
      if (owners[i] >= 0) matched(rows_[i], owners[i]);
    }
    return accepted;
  }

 private:
  std::array<uint32_t, Server::kMaxRows> rows_;
  size_t count_ = 0;
};

}  // namespace

TableEvaluator::TableEvaluator(const CompiledPolicy& policy, const SessionTable& table, absl::Time at,
                               LookupCache* kept)
    : TableEvaluator(policy, ServersOf(table), at, kept) {}

TableEvaluator::TableEvaluator(const CompiledPolicy& policy, absl::Span<const ServerView> servers, absl::Time at,
                               LookupCache* kept)
    : lookups_((kept != nullptr ? *kept : own_lookups_).For(policy, servers)),
      protections_possible_(lookups_, PolicyIndex::kProtectionsPossible, at),
      protections_certain_(lookups_, PolicyIndex::kProtectionsCertain, at),
      rules_(lookups_, PolicyIndex::kRules, at) {}

std::vector<RowMatch> TableEvaluator::Evaluate(const ServerView& view) const {
  const Server possible(protections_possible_, view.block());
  const Server certain(protections_certain_, view.block());
  const Server rules(rules_, view.block());
  std::vector<RowMatch> matches(view.size());
  for (size_t first = 0; first < matches.size(); first += Server::kMaxRows) {
    SomeRows rows(first, std::min(Server::kMaxRows, matches.size() - first));
    // Where no protection answers yes or unknown, none answers yes.
    SomeRows protected_rows = rows.Match(possible, [&](uint32_t row, int32_t protection) {
      matches[row].protection = protection;
      matches[row].protection_unknown = true;
    });
    protected_rows.Match(certain, [&](uint32_t row, int32_t protection) {
      matches[row].protection = protection;
      matches[row].protection_unknown = false;
    });
    rows.Match(rules, [&](uint32_t row, int32_t rule) { matches[row].rule = rule; });
  }
  return matches;
}

}  // namespace idlewarden::policy
