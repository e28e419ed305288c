#include "agent/settings/one_line.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace idlewarden::agent {
namespace {

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// Bytes of the well-formed UTF-8 character at the beginning of `text` (RFC 3629), 0 if there is none.
size_t CharacterSize(absl::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool too_large = first == 0xf4 && second >= 0x90;
  return overlong || surrogate || too_large ? 0 : size;
}

// C0, DEL and C1 (U+0080 to U+009F).
bool IsControl(absl::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7f;
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

std::string Escaped(absl::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    absl::StrAppend(&text, "\\x", absl::Hex(static_cast<unsigned char>(byte), absl::kZeroPad2));
  }
  return text;
}

}  // namespace

std::string OneLine(absl::string_view text, size_t longest) {
  absl::string_view rest = absl::StripAsciiWhitespace(text.substr(0, text.find('\n')));
  std::string line;
  while (!rest.empty()) {
    const size_t size = CharacterSize(rest);
    const absl::string_view character = rest.substr(0, size == 0 ? 1 : size);
    const std::string shown = size == 0 || IsControl(character) ? Escaped(character) : std::string(character);
    if (line.size() + shown.size() > longest) return absl::StrCat(line, "…");
    line += shown;
    rest.remove_prefix(character.size());
  }
  return line;
}

}  // namespace idlewarden::agent
