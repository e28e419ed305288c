#include "policy/compiler/pattern_cover.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "policy/model/client_name.h"
#include "policy/model/fold_case.h"
#include "policy/model/glob.h"

namespace idlewarden::policy {
namespace {

// `wide` takes the wildcards of `narrow` for characters that only a wildcard of its own matches: `*` needs a `*`.
bool GlobCovers(absl::string_view wide, absl::string_view narrow) {
  if (wide == "*" || wide == narrow) return true;
  if (absl::StrContains(wide, '?') && absl::StrContains(narrow, '*')) return false;  // `?` would match one `*`
  return GlobMatchesFolded(wide, narrow);
}

// The account of a user that a pattern with a domain matches is what its own account part matches, unless a `*` there
// runs over a backslash.
bool AccountCoversDomain(absl::string_view account, absl::string_view domain) {
  const absl::string_view part = AccountPart(domain);
  return account == "*" || (!absl::StrContains(part, '*') && GlobCovers(account, part));
}

}  // namespace

bool Covers(const Pattern& wide, const Pattern& narrow) {
  using Kind = Pattern::Kind;
  if (wide.kind == Kind::kNetwork || narrow.kind == Kind::kNetwork) {
    return wide.kind == narrow.kind && wide.network.Covers(narrow.network);
  }
  if (wide.kind == Kind::kAccount && narrow.kind == Kind::kDomain)
    return AccountCoversDomain(wide.folded, narrow.folded);
  if (wide.kind != narrow.kind || !GlobCovers(wide.folded, narrow.folded)) return false;
  return wide.kind != Kind::kDomain || GlobCovers(AccountPart(wide.folded), AccountPart(narrow.folded));
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
