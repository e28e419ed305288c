#include "policy/model/string_pools.h"

#include <utility>

#include "absl/strings/match.h"
#include "policy/model/fold_case.h"

namespace idlewarden::policy {

UserValue::UserValue(const Key& key)
    : spelling(key.user), folded(CanonicalUser(key.user)), nameable(CanNameUser(key.user, key.separator)) {
  const UserName parts = ParseUser(folded, FoldCase(key.separator));
  if (!key.separator.empty()) separator_ = std::make_unique<const std::string>(key.separator);
  notation = parts.notation;
  is_machine_ = absl::EndsWith(parts.account, "$");
  account_begin_ = static_cast<uint32_t>(parts.account.data() - folded.data());
  account_size_ = static_cast<uint32_t>(parts.account.size());
  domain_begin_ = static_cast<uint32_t>(parts.domain.data() - folded.data());
  domain_size_ = static_cast<uint32_t>(parts.domain.size());
}

ClientValue::ClientValue(const Key& client) : spelling(client.spelling), reported_address(client.address) {
  ClientName parsed = ParseClientName(client.spelling);
  name = std::move(parsed.name);
  address = parsed.address;
  is_address = address.has_value();
  nameable = parsed.nameable;
  if (!is_address && reported_address.has_value()) address = ParseClientName(*reported_address).address;
  if (!client.names.has_value()) return;
  KnownNames names{*client.names, {}};
  for (const std::string& each : names.reported) names.canonical.push_back(CanonicalHostName(each));
  names_ = std::make_unique<const KnownNames>(std::move(names));
}

TextValue::TextValue(Key text) : text(text), folded(FoldCase(text)) {}

}  // namespace idlewarden::policy
