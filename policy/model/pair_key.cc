#include "policy/model/pair_key.h"

#include <utility>

#include "policy/model/client_name.h"

namespace idlewarden::policy {

PairKey PairKeyOf(absl::string_view server, absl::string_view client, absl::string_view user,
                  std::optional<std::string> connection) {
  return {std::string(server), CanonicalClient(client), CanonicalUser(user), std::move(connection)};
}

PairKey FirstKeyOf(absl::string_view server) { return {std::string(server), "", "", std::nullopt}; }

}  // namespace idlewarden::policy
