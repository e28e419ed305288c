#include "agent/overrides/operator_note.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

constexpr size_t kLongestText = 1000;

}  // namespace

absl::Status CheckTexts(const OperatorNote& note) {
  if (note.by.size() <= kLongestText && note.reason.size() <= kLongestText) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("a text is longer than ", kLongestText, " bytes"));
}

absl::Status CheckNote(const OperatorNote& note) {
  if (note.by.empty()) return absl::InvalidArgumentError("it must be said by whom");
  return CheckTexts(note);
}

}  // namespace idlewarden::agent
