#include "policy/model/fold_case.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/ascii.h"

namespace idlewarden::policy {
namespace {

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The code point at `offset`, which moves past it; negative if the bytes there are not UTF-8.
UChar32 NextCodePoint(absl::string_view text, size_t& offset) {
  // ICU counts in int32_t; a window of four bytes keeps longer texts possible.
  const absl::string_view window = text.substr(offset, 4);
  const auto* bytes = reinterpret_cast<const uint8_t*>(window.data());
  int32_t position = 0;
  UChar32 code_point;
  U8_NEXT(bytes, position, static_cast<int32_t>(window.size()), code_point);
  offset += code_point < 0 ? 1 : position;
  return code_point;
}

void AppendCodePoint(std::string& out, UChar32 code_point) {
  char buffer[U8_MAX_LENGTH];
  int32_t length = 0;
  U8_APPEND_UNSAFE(buffer, length, code_point);
  out.append(buffer, length);
}

}  // namespace

std::string FoldCase(absl::string_view text) {
  if (IsAscii(text)) return absl::AsciiStrToLower(text);
  std::string folded;
  folded.reserve(text.size());
  for (size_t offset = 0; offset < text.size();) {
    const size_t start = offset;
    const UChar32 code_point = NextCodePoint(text, offset);
    if (code_point < 0) {
      folded.push_back(text[start]);
    } else {
      AppendCodePoint(folded, u_foldCase(code_point, U_FOLD_CASE_DEFAULT));
    }
  }
  return folded;
}

size_t FirstCodePointLength(absl::string_view text) {
  if (static_cast<unsigned char>(text[0]) < 0x80) return 1;
  size_t offset = 0;
  NextCodePoint(text, offset);
  return offset;
}

size_t FindInvalidUtf8(absl::string_view text) {
  for (size_t offset = 0; offset < text.size();) {
    const size_t start = offset;
    if (static_cast<unsigned char>(text[offset]) < 0x80) {
      ++offset;
    } else if (NextCodePoint(text, offset) < 0) {
      return start;
    }
  }
  return absl::string_view::npos;
}

}  // namespace idlewarden::policy
