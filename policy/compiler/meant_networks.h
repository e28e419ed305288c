// How to write what an entry for clients was meant to say: netmasks, ranges, ports and the like are no networks here,
// and none of them is guessed at, but a message says what would be right.
//
// Pure function.

#ifndef IDLEWARDEN_POLICY_COMPILER_MEANT_NETWORKS_H_
#define IDLEWARDEN_POLICY_COMPILER_MEANT_NETWORKS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace idlewarden::policy {

// "10.0.0.0/16" for "10.0.0.0/255.255.0.0", "10.0.0.0/0.0.255.255", "10.0.*" and "10.0."; "10.0.0.1, 10.0.0.2/31" for
// "10.0.0.1-10.0.0.3" and "10.0.0.1-3"; "10.0.0.5" for "10.0.0.5:445"; "10.0.0.1" for "010.0.0.1". The networks of a
// range are all there are, in order. Empty if nothing is known of what was meant.
std::string MeantNetworks(absl::string_view text);

}  // namespace idlewarden::policy

#endif  // IDLEWARDEN_POLICY_COMPILER_MEANT_NETWORKS_H_
