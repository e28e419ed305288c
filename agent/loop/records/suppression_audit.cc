#include "agent/loop/records/suppression_audit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/loop/records/suppression_record.h"

namespace idlewarden::agent {

std::set<size_t> SuppressionAudit::CountAnew(const CycleView& now, const std::vector<ChangedServer>& changed) {
  std::set<size_t> servers;
  for (const ChangedServer& server : changed) servers.insert(server.now);
  for (const std::string& name : waiting_) {
    if (const std::optional<size_t> server = now.table.FindServer(name); server.has_value()) servers.insert(*server);
  }
  for (const size_t server : servers) {
    counts_[now.table.server(server).name()] = CountByKind(FindSuppressedPairs(now, server));
  }
  std::erase_if(counts_, [&](const auto& item) { return item.second.empty() || !now.table.FindServer(item.first); });
  return servers;
}

void SuppressionAudit::ChooseGrouped(const CycleView& now, std::set<size_t>& servers) {
  std::map<SuppressionKind, size_t> pairs;
  for (const auto& [name, counts] : counts_) {
    for (const auto& [kind, count] : counts) pairs[kind] += count.pairs;
  }
  std::set<SuppressionKind> grouped;
  for (const auto& [kind, count] : pairs) {
    // Lower on the way down, so that a number about the bound does not bring new records with each cycle.
    if (count > (grouped_.contains(kind) ? most_pairs_ / 2 : most_pairs_)) grouped.insert(kind);
  }
  std::swap(grouped, grouped_);
  for (const auto& [name, counts] : counts_) {
    const bool other = std::any_of(counts.begin(), counts.end(), [&](const auto& item) {
      return grouped.contains(item.first) != grouped_.contains(item.first);
    });
    if (other) servers.insert(*now.table.FindServer(name));
  }
}

bool SuppressionAudit::AllGrouped(const SuppressionCounts& counts) const {
  return std::all_of(counts.begin(), counts.end(), [this](const auto& item) { return grouped_.contains(item.first); });
}

void SuppressionAudit::AddGrouped(const SuppressionCounts& counts, const Known& before, const SuppressionRecords& texts,
                                  Batch& batch, Known& known) const {
  for (const auto& [kind, count] : counts) {
    if (!grouped_.contains(kind)) continue;
    const auto said = before.grouped.find(kind);
    if (said != before.grouped.end() && count.pairs < 2 * said->second) {
      known.grouped.insert(*said);
    } else if (batch.HasRoom()) {
      batch.records.push_back(texts.OfMany(count.row, count.pairs));
      known.grouped[kind] = count.pairs;
    }
  }
}

void SuppressionAudit::AddPairs(const SuppressedPairs& pairs, const Known& before, SuppressionRecords& texts,
                                Batch& batch, Known& known) const {
  for (const auto& [hash, pair] : pairs) {
    if (grouped_.contains(pair.kind)) continue;
    if (!before.pairs.contains(hash)) {
      if (!batch.HasRoom()) continue;
      batch.records.push_back(texts.OfPair(pair.row));
    }
    known.pairs.insert(hash);
  }
}

SuppressionAudit::Known SuppressionAudit::AddRecords(const CycleView& now, size_t server, Batch& batch) const {
  const std::string& name = now.table.server(server).name();
  const auto counts = counts_.find(name);
  if (counts == counts_.end()) return {};
  const auto found = known_.find(name);
  const Known none;
  const Known& before = found == known_.end() ? none : found->second;
  Known known;
  SuppressionRecords texts(now, server, agent_name_);
  AddGrouped(counts->second, before, texts, batch, known);
  if (!AllGrouped(counts->second)) AddPairs(FindSuppressedPairs(now, server), before, texts, batch, known);
  return known;
}

absl::Status SuppressionAudit::Write(const CycleView& now, const std::vector<ChangedServer>& changed) {
  std::set<size_t> servers = CountAnew(now, changed);
  ChooseGrouped(now, servers);
  Batch batch{.most = most_};
  std::map<std::string, Known> present;
  std::set<std::string> waiting;
  for (const size_t server : servers) {
    const std::string& name = now.table.server(server).name();
    present[name] = AddRecords(now, server, batch);
    if (batch.full) waiting.insert(name);
  }
  if (absl::Status status = ledger_.WriteRefusals(batch.records); !status.ok()) {
    for (const auto& [name, known] : present) waiting_.insert(name);
    return status;
  }
  waiting_ = std::move(waiting);
  for (auto& [name, known] : present) known_[name] = std::move(known);
  std::erase_if(known_, [this](const auto& item) { return !counts_.contains(item.first); });
  return absl::OkStatus();
}

}  // namespace idlewarden::agent
