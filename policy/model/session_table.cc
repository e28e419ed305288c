#include "policy/model/session_table.h"

#include <utility>

#include "policy/model/fold_case.h"
#include "policy/model/known_hosts.h"
#include "policy/model/row_builder.h"
#include "policy/model/server_block.h"
#include "policy/model/string_pools.h"

namespace idlewarden::policy {

const std::string& ServerView::name() const { return block_->name; }
const std::map<std::string, std::string>& ServerView::labels() const { return block_->labels; }
bool ServerView::complete() const { return block_->complete; }
CloseScope ServerView::close_scope() const { return block_->close_scope; }
const std::string& ServerView::domain_separator() const { return block_->domain_separator; }
size_t ServerView::size() const { return block_->rows->size(); }
Session ServerView::session(size_t row) const { return RestoreSession(*block_->rows, row, *pools_); }

const std::string& ServerView::client(size_t row) const {
  return pools_->clients()[block_->rows->client[row]].spelling;
}
const std::string& ServerView::user(size_t row) const { return pools_->users()[block_->rows->user[row]].spelling; }
const std::string& ServerView::canonical_client(size_t row) const {
  return pools_->clients()[block_->rows->client[row]].name;
}
const std::string& ServerView::canonical_user(size_t row) const {
  return pools_->users()[block_->rows->user[row]].folded;
}
std::optional<absl::string_view> ServerView::pair_connection(size_t row) const {
  const SessionRows& rows = *block_->rows;
  if (rows.connection_group.empty() || rows.connection[row] == kNoId) return std::nullopt;
  return pools_->texts()[rows.connection[row]].text;
}
bool ServerView::SharesRowsWith(const ServerView& other) const { return block_->rows == other.block_->rows; }

SessionTable::SessionTable() : pools_(std::make_shared<StringPools>()) {}
SessionTable::~SessionTable() = default;

SessionTable::SessionTable(const SessionTable& other)
    : servers_(other.servers_),
      index_(other.index_),
      session_count_(other.session_count_),
      hosts_(other.hosts_),
      pools_(other.pools_),
      owns_pools_(false) {}

SessionTable& SessionTable::operator=(const SessionTable& other) {
  if (this != &other) *this = SessionTable(other);
  return *this;
}

SessionTable::SessionTable(SessionTable&& other) noexcept = default;
SessionTable& SessionTable::operator=(SessionTable&& other) noexcept = default;

// Strings that no session uses any more are dropped when they are more than all others together.
void SessionTable::SetServer(const ServerSnapshot& snapshot) {
  const size_t distinct = pools_->distinct();
  if (!owns_pools_ || distinct > 2 * distinct_after_rebuild_ + kRebuildSlack) RebuildPools();
  auto block = std::make_shared<ServerBlock>();
  block->name = snapshot.name;
  block->folded_name = FoldCase(snapshot.name);
  for (const auto& [label, value] : snapshot.labels) block->labels.emplace(NormalForm(label), NormalForm(value));
  block->complete = snapshot.complete;
  block->close_scope = snapshot.close_scope;
  block->domain_separator = snapshot.domain_separator;
  block->rows = BuildRows(snapshot, *pools_);
  session_count_ += block->rows->size();
  const auto [found, added] = index_.try_emplace(snapshot.name, servers_.size());
  if (added) {
    servers_.push_back(std::move(block));
  } else {
    session_count_ -= servers_[found->second]->rows->size();
    servers_[found->second] = std::move(block);
  }
}

void SessionTable::MarkIncomplete(absl::string_view server) {
  const std::optional<size_t> index = FindServer(server);
  if (!index.has_value() || !servers_[*index]->complete) return;
  auto stale = std::make_shared<ServerBlock>(*servers_[*index]);
  stale->complete = false;
  servers_[*index] = std::move(stale);
}

void SessionTable::RemoveServer(absl::string_view server) {
  const std::optional<size_t> index = FindServer(server);
  if (!index.has_value()) return;
  session_count_ -= servers_[*index]->rows->size();
  servers_.erase(servers_.begin() + static_cast<ptrdiff_t>(*index));
  index_.erase(server);
  for (auto& [name, position] : index_) {
    if (position > *index) --position;
  }
}

std::optional<size_t> SessionTable::FindServer(absl::string_view name) const {
  const auto found = index_.find(name);
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

ServerView SessionTable::server(size_t index) const {
  return ServerView(servers_[index].get(), pools_.get(), hosts_.get());
}

// What stays the same keeps its identity, and with it what was looked up in it.
void SessionTable::SetHosts(const HostAddresses& hosts) {
  auto known = std::make_shared<const KnownHosts>(hosts);
  if (hosts_ == nullptr ? known->all().empty() : hosts_->all() == known->all()) return;
  hosts_ = std::move(known);
}

void SessionTable::RebuildPools() {
  auto fresh = std::make_shared<StringPools>();
  for (std::shared_ptr<const ServerBlock>& server : servers_) {
    ServerSnapshot snapshot{.close_scope = server->close_scope, .domain_separator = server->domain_separator};
    snapshot.sessions.reserve(server->rows->size());
    for (size_t row = 0; row < server->rows->size(); ++row) {
      snapshot.sessions.push_back(RestoreSession(*server->rows, row, *pools_));
    }
    auto block = std::make_shared<ServerBlock>(*server);
    block->rows = BuildRows(snapshot, *fresh);
    server = std::move(block);
  }
  pools_ = std::move(fresh);
  owns_pools_ = true;
  distinct_after_rebuild_ = pools_->distinct();
}

}  // namespace idlewarden::policy
