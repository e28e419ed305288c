#include "policy/model/fold_case.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

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

// `text` is well-formed.
void AppendNormalForm(absl::string_view text, std::string& out) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFCInstance(error);
  std::string normal;
  icu::StringByteSink<std::string> sink(&normal, static_cast<int32_t>(text.size()));
  if (U_SUCCESS(error)) {
    normalizer->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr,
                              error);
  }
  // Without its data (a broken installation) ICU has no normaliser; text as it is then still equals itself.
  absl::StrAppend(&out, U_SUCCESS(error) ? absl::string_view(normal) : text);
}

std::string SimpleFold(absl::string_view text) {
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

}  // namespace

// ICU would replace what is not UTF-8, and with it differences between names: it is given what lies between only.
std::string NormalForm(absl::string_view text) {
  if (IsAscii(text)) return std::string(text);
  std::string normal;
  while (!text.empty()) {
    const size_t valid = std::min(FindInvalidUtf8(text), text.size());
    AppendNormalForm(text.substr(0, valid), normal);
    const size_t invalid = valid < text.size() ? 1 : 0;
    absl::StrAppend(&normal, text.substr(valid, invalid));
    text.remove_prefix(valid + invalid);
  }
  return normal;
}

// Folding can leave what composes anew: "H̱" has no single upper-case code point, "ẖ" is one.
std::string FoldCase(absl::string_view text) {
  return IsAscii(text) ? absl::AsciiStrToLower(text) : NormalForm(SimpleFold(NormalForm(text)));
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
