#include "policy/model/session.h"

#include <array>
#include <cstddef>

namespace idlewarden::policy {

namespace {

constexpr std::array<absl::string_view, 2> kBoundNames = {"exact", "at-least"};
constexpr std::array<absl::string_view, 3> kScopeNames = {"pair", "client", "connection"};

// The value at whose place the name stands.
template <typename Value, size_t kSize>
std::optional<Value> Find(const std::array<absl::string_view, kSize>& names, absl::string_view name) {
  for (size_t i = 0; i < kSize; ++i) {
    if (names[i] == name) return static_cast<Value>(i);
  }
  return std::nullopt;
}

}  // namespace

absl::string_view IdleBoundName(IdleBound bound) { return kBoundNames[static_cast<size_t>(bound)]; }
std::optional<IdleBound> IdleBoundOf(absl::string_view name) { return Find<IdleBound>(kBoundNames, name); }

absl::string_view CloseScopeName(CloseScope scope) { return kScopeNames[static_cast<size_t>(scope)]; }
std::optional<CloseScope> CloseScopeOf(absl::string_view name) { return Find<CloseScope>(kScopeNames, name); }

}  // namespace idlewarden::policy
