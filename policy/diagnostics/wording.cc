#include "policy/diagnostics/wording.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "policy/model/escape_for_display.h"
#include "policy/model/fold_case.h"

namespace idlewarden::policy {
namespace {

constexpr size_t kLongestWord = 64;

// Keys are written with '-' and '_' alike by mistake.
std::string Normalised(absl::string_view word) {
  std::string text = absl::AsciiStrToLower(word);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

}  // namespace

int EditDistance(absl::string_view first, absl::string_view second) {
  const std::string a = Normalised(first);
  const std::string b = Normalised(second);
  // Rows of the usual table: the one before the previous, the previous, the present.
  std::vector<int> older(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) above[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], older[j - 2] + 1);
    }
    older.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string Closest(absl::string_view word, absl::Span<const absl::string_view> known) {
  if (word.size() > kLongestWord) return "";
  absl::string_view best;
  int best_distance = std::max<int>(1, static_cast<int>(word.size()) / 3) + 1;
  for (const absl::string_view candidate : known) {
    const int distance = EditDistance(word, candidate);
    if (distance < best_distance && distance < static_cast<int>(candidate.size())) {
      best = candidate;
      best_distance = distance;
    }
  }
  return std::string(best);
}

std::string Suggestion(absl::string_view word, absl::Span<const absl::string_view> known) {
  const std::string closest = Closest(word, known);
  return closest.empty() ? "" : absl::StrCat("; did you mean \"", closest, "\"?");
}

std::string Quoted(absl::string_view text) {
  constexpr size_t kLongest = 80;
  if (text.size() <= kLongest) return absl::StrCat("\"", EscapeForDisplay(text), "\"");
  size_t cut = 0;
  while (cut < kLongest) cut += FirstCodePointLength(text.substr(cut));
  return absl::StrCat("\"", EscapeForDisplay(text.substr(0, cut)), "…\"");
}

}  // namespace idlewarden::policy
