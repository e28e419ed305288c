#include "policy/evaluator/values_in_use.h"

#include <algorithm>

#include "policy/model/server_block.h"

namespace idlewarden::policy {
namespace {

// Marks what rows use; ids come out in order.
class Marks {
 public:
  explicit Marks(size_t size) : marked_(size) {}

  void Add(const std::vector<uint32_t>& ids) {
    for (const uint32_t id : ids) {
      if (id != kNoId) marked_[id] = 1;
    }
  }
  std::vector<uint32_t> Ids() const {
    std::vector<uint32_t> ids;
    for (size_t i = 0; i < marked_.size(); ++i) {
      if (marked_[i]) ids.push_back(static_cast<uint32_t>(i));
    }
    return ids;
  }

 private:
  std::vector<char> marked_;
};

std::vector<uint32_t> Distinct(std::vector<uint32_t> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (!ids.empty() && ids.back() == kNoId) ids.pop_back();
  return ids;
}

}  // namespace

ValuesInUse ValuesInUse::OfTable(const SessionTable& table) {
  ValuesInUse values{};
  if (table.server_count() == 0) return values;
  values.pools = &table.server(0).pools();
  Marks users(values.pools->users().size());
  Marks clients(values.pools->clients().size());
  Marks texts(values.pools->texts().size());
  for (size_t i = 0; i < table.server_count(); ++i) {
    const SessionRows& rows = *table.server(i).block().rows;
    users.Add(rows.user);
    clients.Add(rows.client);
    texts.Add(rows.client_type);
    texts.Add(rows.transport);
  }
  values.users = users.Ids();
  values.clients = clients.Ids();
  values.texts = texts.Ids();
  return values;
}

ValuesInUse ValuesInUse::OfServer(const ServerView& server) {
  const SessionRows& rows = *server.block().rows;
  std::vector<uint32_t> texts = rows.client_type;
  texts.insert(texts.end(), rows.transport.begin(), rows.transport.end());
  return {&server.pools(), Distinct(rows.user), Distinct(rows.client), Distinct(std::move(texts))};
}

}  // namespace idlewarden::policy
