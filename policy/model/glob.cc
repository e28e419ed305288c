#include "policy/model/glob.h"

#include <string>

#include "policy/model/fold_case.h"

namespace idlewarden::policy {

// Going back to the latest `*` only is enough: an earlier one could not match more than the later one can.
bool GlobMatchesFolded(absl::string_view glob, absl::string_view text) {
  constexpr size_t kNone = absl::string_view::npos;
  size_t g = 0;
  size_t t = 0;
  size_t after_star = kNone;
  size_t star_text = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      after_star = ++g;
      star_text = t;
    } else if (g < glob.size() && glob[g] == '?') {
      ++g;
      t += FirstCodePointLength(text.substr(t));
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (after_star != kNone) {
      g = after_star;
      star_text += FirstCodePointLength(text.substr(star_text));
      t = star_text;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

bool GlobMatches(absl::string_view glob, absl::string_view text) {
  return GlobMatchesFolded(FoldCase(glob), FoldCase(text));
}

bool GlobIsLiteral(absl::string_view glob) { return glob.find_first_of("*?") == absl::string_view::npos; }

}  // namespace idlewarden::policy
