#include "policy/reader/source_text.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "policy/model/fold_case.h"
#include "policy/reader/place_finder.h"

namespace idlewarden::policy {
namespace {

constexpr char kStandIn = '?';

// Control characters are no YAML, and yaml-cpp takes some of them for the end of the file or another encoding.
bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f;
}

// How many there are, and the first of them.
struct BadBytes {
  size_t count = 0;
  size_t offset = 0;
  unsigned char byte = 0;

  void Add(size_t at, std::string& text) {
    if (count++ == 0) {
      offset = at;
      byte = static_cast<unsigned char>(text[at]);
    }
    text[at] = kStandIn;
  }
  std::string More() const { return count > 1 ? absl::StrCat(", and ", count - 1, " more in the file") : ""; }
};

BadBytes ReplaceInvalidUtf8(std::string& text) {
  BadBytes bad;
  size_t start = 0;
  for (;;) {
    const size_t invalid = FindInvalidUtf8(absl::string_view(text).substr(start));
    if (invalid == absl::string_view::npos) return bad;
    start += invalid;
    bad.Add(start, text);
  }
}

BadBytes ReplaceControls(std::string& text) {
  BadBytes bad;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsControl(text[i])) bad.Add(i, text);
  }
  return bad;
}

}  // namespace

std::string NormaliseLines(absl::string_view text) {
  if (absl::StartsWith(text, "\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string lines;
  lines.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      lines.push_back(text[i]);
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      lines.push_back('\n');
    }
  }
  return lines;
}

bool RepairBytes(uint32_t file, DiagnosticList& diagnostics, std::string& text) {
  const bool is_text = !absl::StrContains(text, absl::string_view("\0", 1));
  const BadBytes invalid = ReplaceInvalidUtf8(text);
  const BadBytes control = ReplaceControls(text);
  if (invalid.count + control.count == 0) return true;
  const PlaceFinder places(text, file);
  if (invalid.count > 0) {
    diagnostics.Add(
        Code::kNotUtf8, places.FindOffset(invalid.offset),
        absl::StrFormat("byte 0x%02X is not UTF-8%s; save the file as UTF-8", invalid.byte, invalid.More()));
  }
  // In a file that is not UTF-8 text at all, they are no news.
  if (control.count > 0 && (is_text || invalid.count == 0)) {
    diagnostics.Add(
        Code::kYamlSyntax, places.FindOffset(control.offset),
        absl::StrFormat("control character 0x%02X%s; YAML does not allow it", control.byte, control.More()));
  }
  return is_text;
}

}  // namespace idlewarden::policy
