#include "policy/model/string_pools.h"

#include <utility>

#include "absl/strings/match.h"
#include "policy/model/fold_case.h"

namespace idlewarden::policy {

UserValue::UserValue(const Key& key)
    : spelling(key.user),
      separator(key.separator),
      folded(CanonicalUser(key.user)),
      nameable(CanNameUser(key.user, key.separator)) {
  const UserName parts = ParseUser(folded, FoldCase(separator));
  notation = parts.notation;
  is_machine_ = absl::EndsWith(parts.account, "$");
  account_begin_ = static_cast<uint32_t>(parts.account.data() - folded.data());
  account_size_ = static_cast<uint32_t>(parts.account.size());
  domain_begin_ = static_cast<uint32_t>(parts.domain.data() - folded.data());
  domain_size_ = static_cast<uint32_t>(parts.domain.size());
}

ClientValue::ClientValue(const Key& client)
    : spelling(client.spelling), reported_address(client.address), reported_names(client.names) {
  ClientName parsed = ParseClientName(client.spelling);
  name = std::move(parsed.name);
  address = parsed.address;
  is_address = address.has_value();
  nameable = parsed.nameable;
  if (!is_address && reported_address.has_value()) address = ParseClientName(*reported_address).address;
  if (!reported_names.has_value()) return;
  for (const std::string& each : *reported_names) names.push_back(CanonicalHostName(each));
}

TextValue::TextValue(Key text) : text(text), folded(FoldCase(text)) {}

}  // namespace idlewarden::policy
