#include "policy/model/escape_for_display.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_format.h"

namespace idlewarden::policy {
namespace {

bool IsPlain(char c) { return c >= 0x20 && c < 0x7F; }

bool IsEscaped(UChar32 c) {
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return true;
  if (c == 0x2028 || c == 0x2029) return true;                          // line and paragraph separators
  if (c == 0x061C || c == 0x200E || c == 0x200F) return true;           // marks of direction
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);  // embeddings, overrides, isolates
}

// Negative where the bytes are not UTF-8; `length` is then 1.
UChar32 FirstCodePoint(absl::string_view text, size_t& length) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  int32_t position = 0;
  UChar32 code_point;
  U8_NEXT(bytes, position, static_cast<int32_t>(std::min<size_t>(text.size(), 4)), code_point);
  length = code_point < 0 ? 1 : static_cast<size_t>(position);
  return code_point;
}

}  // namespace

size_t AppendPrintable(absl::string_view text, std::string& out) {
  size_t length = 0;
  const UChar32 code_point = FirstCodePoint(text, length);
  if (code_point < 0) {
    absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(text[0]));
  } else if (code_point == '\n') {
    out += "\\n";
  } else if (code_point == '\r') {
    out += "\\r";
  } else if (code_point == '\t') {
    out += "\\t";
  } else if (IsEscaped(code_point)) {
    absl::StrAppendFormat(&out, "\\u%04x", code_point);
  } else {
    out.append(text.data(), length);
  }
  return length;
}

std::string EscapeForDisplay(absl::string_view text) {
  if (std::all_of(text.begin(), text.end(), IsPlain)) return std::string(text);
  std::string printable;
  while (!text.empty()) text.remove_prefix(AppendPrintable(text, printable));
  return printable;
}

}  // namespace idlewarden::policy
