#include "policy/model/pair_key.h"

#include "policy/model/client_name.h"

namespace idlewarden::policy {

PairKey PairKeyOf(absl::string_view server, absl::string_view client, absl::string_view user) {
  return {std::string(server), CanonicalClient(client), CanonicalUser(user)};
}

PairKey FirstKeyOf(absl::string_view server) { return {std::string(server), "", ""}; }

}  // namespace idlewarden::policy
