#include "policy/compiler/pattern_cover.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "policy/model/client_name.h"
#include "policy/model/glob.h"

namespace idlewarden::policy {
namespace {

// `wide` takes the wildcards of `narrow` for characters that only a wildcard of its own matches: `*` needs a `*`.
bool GlobCovers(absl::string_view wide, absl::string_view narrow) {
  if (wide == "*" || wide == narrow) return true;
  if (absl::StrContains(wide, '?') && absl::StrContains(narrow, '*')) return false;  // `?` would match one `*`
  return GlobMatchesFolded(wide, narrow);
}

// An entry with a domain answers unknown to users of the other notation where one in theirs answers yes.
bool UserCovers(const Pattern& wide, const Pattern& narrow) {
  if (!GlobCovers(wide.folded, narrow.folded)) return false;
  return !wide.has_domain() || (wide.kind == narrow.kind && GlobCovers(wide.domain, narrow.domain));
}

// A literal name may be answered by its addresses, where a glob is not: then the session of a client that reports an
// address matches the literal one for certain and the glob only perhaps. And where one of name and glob is qualified,
// first labels are compared: those must be covered, too. `*` alone is certain of every client, as `**` is not.
bool HostCovers(const Pattern& wide, const Pattern& narrow) {
  if (wide.folded == narrow.folded) return true;
  return narrow.folded != "*" && !GlobIsLiteral(narrow.folded) && GlobCovers(wide.folded, narrow.folded) &&
         GlobCovers(FirstLabel(wide.folded), FirstLabel(narrow.folded));
}

}  // namespace

bool Covers(const Pattern& wide, const Pattern& narrow) {
  switch (wide.kind) {
    case Pattern::Kind::kText:
      return GlobCovers(wide.folded, narrow.folded);
    case Pattern::Kind::kAccount:
    case Pattern::Kind::kDomain:
    case Pattern::Kind::kRealm:
      return UserCovers(wide, narrow);
    case Pattern::Kind::kHost:
      // `*` is every client, whatever is known of it.
      return wide.folded == "*" || (narrow.kind == Pattern::Kind::kHost && HostCovers(wide, narrow));
    case Pattern::Kind::kNetwork:
      return narrow.kind == Pattern::Kind::kNetwork && wide.network.Covers(narrow.network);
  }
  return false;
}

bool Covers(const PatternSet& wide, const PatternSet& narrow, int64_t& steps) {
  for (const std::shared_ptr<const PatternList>& list : narrow) {
    if (std::find(wide.begin(), wide.end(), list) != wide.end()) continue;
    for (const Pattern& pattern : list->patterns) {
      bool covered = false;
      for (auto other = wide.begin(); other != wide.end() && !covered; ++other) {
        for (auto it = (*other)->patterns.begin(); it != (*other)->patterns.end() && !covered; ++it) {
          if (--steps <= 0) return false;
          covered = Covers(*it, pattern);
        }
      }
      if (!covered) return false;
    }
  }
  return true;
}

}  // namespace idlewarden::policy
