// PairKey: the identity of a (server, client, user) pair, independent of how the server spells it. Where a close ends
// one transport connection, pairs are told apart by that as well.
//
// A plain value.

#ifndef IDLEWARDEN_POLICY_MODEL_PAIR_KEY_H_
#define IDLEWARDEN_POLICY_MODEL_PAIR_KEY_H_

#include <compare>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

struct PairKey {
  std::string server;
  std::string client;                     // canonical, case folded
  std::string user;                       // case folded
  std::optional<std::string> connection;  // as reported; with CloseScope::kConnection only

  friend auto operator<=>(const PairKey&, const PairKey&) = default;
};

PairKey PairKeyOf(absl::string_view server, absl::string_view client, absl::string_view user,
                  std::optional<std::string> connection = std::nullopt);

// Not after any key of the server: where its pairs begin in an ordered map.
PairKey FirstKeyOf(absl::string_view server);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_MODEL_PAIR_KEY_H_
