#include "policy/compiler/defaults.h"

#include <algorithm>

namespace idlewarden::policy {
namespace {

void AddOpenFiles(When& when) {
  constexpr CountBounds kNone = {0, 0};
  if (when.all.open_files.has_value()) return;
  const bool some_speak =
      std::any_of(when.any.begin(), when.any.end(), [](const Conditions& map) { return map.open_files.has_value(); });
  if (!some_speak) {
    when.all.open_files = kNone;
    return;
  }
  for (Conditions& map : when.any) {
    if (!map.open_files.has_value()) map.open_files = kNone;
  }
}

}  // namespace

void AddDefaults(Policy& policy) {
  for (Rule& rule : policy.rules) AddOpenFiles(rule.when);
}

}  // namespace idlewarden::policy
