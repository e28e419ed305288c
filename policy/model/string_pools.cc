#include "policy/model/string_pools.h"

#include <utility>

#include "policy/model/client_name.h"
#include "policy/model/fold_case.h"

namespace idlewarden::policy {

UserValue::UserValue(Key user) : spelling(user), folded(CanonicalUser(user)), nameable(CanNameUser(user)) {
  account_offset = static_cast<uint32_t>(AccountPart(folded).data() - folded.data());
}

ClientValue::ClientValue(const Key& client) : spelling(client.spelling), reported_address(client.address) {
  ClientName parsed = ParseClientName(client.spelling);
  name = std::move(parsed.name);
  address = parsed.address;
  is_address = address.has_value();
  nameable = parsed.nameable;
  if (!is_address && reported_address.has_value()) address = ParseClientName(*reported_address).address;
}

TextValue::TextValue(Key text) : text(text), folded(FoldCase(text)) {}

}  // namespace idlewarden::policy
