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

uint32_t StringPools::InternUser(absl::string_view user) {
  const auto found = user_index_.find(user);
  if (found != user_index_.end()) return found->second;
  UserValue value;
  value.spelling = std::string(user);
  value.folded = CanonicalUser(user);
  value.account_offset = static_cast<uint32_t>(AccountPart(value.folded).data() - value.folded.data());
  value.canonical = CanonicalId(canonical_users_, value.folded);
  value.nameable = CanNameUser(user);
  const auto id = static_cast<uint32_t>(users_.size());
  user_index_.emplace(users_.Append(std::move(value)).spelling, id);
  return id;
}

uint32_t StringPools::InternClient(absl::string_view client, const std::optional<std::string>& address) {
  if (!address.has_value()) {
    const auto found = client_index_.find(client);
    if (found != client_index_.end()) return found->second;
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
    client_index_.emplace(stored.spelling, id);
  }
  return id;
}

uint32_t StringPools::InternText(absl::string_view text) {
  const auto found = text_index_.find(text);
  if (found != text_index_.end()) return found->second;
  const auto id = static_cast<uint32_t>(texts_.size());
  text_index_.emplace(texts_.Append({std::string(text), FoldCase(text)}).text, id);
  return id;
}

}  // namespace idlewarden::policy
