#include "policy/model/odd_characters.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_format.h"

namespace idlewarden::policy {
namespace {

bool IsOdd(UChar32 c) {
  if (c < 0x80) return false;
  switch (u_charType(c)) {
    case U_FORMAT_CHAR:
    case U_SPACE_SEPARATOR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_DASH_PUNCTUATION:
    case U_INITIAL_PUNCTUATION:
    case U_FINAL_PUNCTUATION:
      return true;
    default:
      return u_hasBinaryProperty(c, UCHAR_QUOTATION_MARK);
  }
}

std::string Describe(UChar32 c) {
  char name[128] = {};
  UErrorCode error = U_ZERO_ERROR;
  u_charName(c, U_EXTENDED_CHAR_NAME, name, sizeof name, &error);
  return absl::StrFormat("U+%04X%s%s", c, U_SUCCESS(error) ? " " : "", U_SUCCESS(error) ? name : "");
}

}  // namespace

std::vector<std::string> OddCharacters(absl::string_view utf8) {
  std::vector<std::string> found;
  const auto size = static_cast<int32_t>(utf8.size());
  for (int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(utf8.data(), at, size, c);
    if (c < 0 || !IsOdd(c)) continue;
    std::string text = Describe(c);
    if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(std::move(text));
  }
  return found;
}

}  // namespace idlewarden::policy
