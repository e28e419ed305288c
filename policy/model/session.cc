#include "policy/model/session.h"

#include <array>
#include <cstddef>

namespace idlewarden::policy {

namespace {
constexpr std::array<absl::string_view, 3> kScopeNames = {"pair", "client", "connection"};
}  // namespace

absl::string_view CloseScopeName(CloseScope scope) { return kScopeNames[static_cast<size_t>(scope)]; }

std::optional<CloseScope> CloseScopeOf(absl::string_view name) {
  for (size_t i = 0; i < kScopeNames.size(); ++i) {
    if (kScopeNames[i] == name) return static_cast<CloseScope>(i);
  }
  return std::nullopt;
}

}  // namespace idlewarden::policy
