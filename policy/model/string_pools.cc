#include "policy/model/string_pools.h"

#include "policy/model/client_name.h"
#include "policy/model/fold_case.h"

namespace idlewarden::policy {
namespace {

uint32_t CanonicalId(absl::flat_hash_map<std::string, uint32_t>& ids, const std::string& text) {
  return ids.try_emplace(text, static_cast<uint32_t>(ids.size())).first->second;
}

ClientValue MakeClient(absl::string_view client, const std::optional<std::string>& address) {
  ClientValue value;
  value.spelling = std::string(client);
  value.reported_address = address;
  value.name = CanonicalClient(client);
  value.nameable = CanNameClient(client);
  value.address = IpAddress::Parse(value.name);
  value.is_address = value.address.has_value();
  if (!value.is_address && address.has_value()) value.address = IpAddress::Parse(CanonicalClient(*address));
  return value;
}

}  // namespace

uint64_t StringPools::PrepareUser(absl::string_view user) const {
  const uint64_t hash = InternIndex::HashOf(user);
  user_index_.Prefetch(hash);
  return hash;
}

uint64_t StringPools::PrepareClient(absl::string_view client) const {
  const uint64_t hash = InternIndex::HashOf(client);
  client_index_.Prefetch(hash);
  return hash;
}

uint32_t StringPools::InternUser(absl::string_view user) { return InternUser(user, PrepareUser(user)); }

uint32_t StringPools::InternUser(absl::string_view user, uint64_t hash) {
  const uint32_t found = user_index_.Find(hash, [&](uint32_t id) { return users_[id].spelling == user; });
  if (found != InternIndex::kNone) return found;
  UserValue value;
  value.spelling = std::string(user);
  value.folded = CanonicalUser(user);
  value.account_offset = static_cast<uint32_t>(AccountPart(value.folded).data() - value.folded.data());
  value.canonical = CanonicalId(canonical_users_, value.folded);
  value.nameable = CanNameUser(user);
  const auto id = static_cast<uint32_t>(users_.size());
  users_.Append(std::move(value));
  user_index_.Add(hash, id);
  return id;
}

uint32_t StringPools::InternClient(absl::string_view client, const std::optional<std::string>& address) {
  return InternClient(client, address, PrepareClient(client));
}

uint32_t StringPools::InternClient(absl::string_view client, const std::optional<std::string>& address, uint64_t hash) {
  if (!address.has_value()) {
    const uint32_t found = client_index_.Find(hash, [&](uint32_t id) { return clients_[id].spelling == client; });
    if (found != InternIndex::kNone) return found;
  } else {
    const auto found = addressed_client_index_.find({std::string(client), *address});
    if (found != addressed_client_index_.end()) return found->second;
  }
  ClientValue value = MakeClient(client, address);
  value.canonical = CanonicalId(canonical_clients_, value.name);
  const auto id = static_cast<uint32_t>(clients_.size());
  const ClientValue& stored = clients_.Append(std::move(value));
  if (address.has_value()) {
    addressed_client_index_.emplace(std::pair(stored.spelling, *address), id);
  } else {
    client_index_.Add(hash, id);
  }
  return id;
}

uint32_t StringPools::InternText(absl::string_view text) {
  const uint64_t hash = InternIndex::HashOf(text);
  const uint32_t found = text_index_.Find(hash, [&](uint32_t id) { return texts_[id].text == text; });
  if (found != InternIndex::kNone) return found;
  const auto id = static_cast<uint32_t>(texts_.size());
  texts_.Append({std::string(text), FoldCase(text)});
  text_index_.Add(hash, id);
  return id;
}

}  // namespace idlewarden::policy
