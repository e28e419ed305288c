#include "tools/cli/terminal.h"

#include <sys/ioctl.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace idlewarden::tools {
namespace {

constexpr size_t kUsualWidth = 80;  // of a terminal that does not tell

bool IsSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool IsDumb() {
  const char* term = std::getenv("TERM");
  return term == nullptr || absl::string_view(term) == "dumb";
}

absl::string_view EscapeSequence(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\033[1m";
    case Style::kFaint:
      return "\033[2m";
    case Style::kGreen:
      return "\033[32m";
    case Style::kYellow:
      return "\033[33m";
    case Style::kRed:
      return "\033[31m";
  }
  return "";
}

// Chinese, Japanese and Korean characters and emoji take two columns, combining marks none.
size_t WidthOf(UChar32 character) {
  switch (u_charType(character)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
      return 0;
    default:
      break;
  }
  const int32_t width = u_getIntPropertyValue(character, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

// The columns of the character at `offset`, which moves past it. A byte that is not UTF-8 takes one.
size_t NextWidth(absl::string_view text, size_t& offset) {
  const absl::string_view window = text.substr(offset, U8_MAX_LENGTH);
  int32_t length = 0;
  UChar32 character;
  U8_NEXT(reinterpret_cast<const uint8_t*>(window.data()), length, static_cast<int32_t>(window.size()), character);
  offset += character < 0 ? 1 : static_cast<size_t>(length);
  return character < 0 ? 1 : WidthOf(character);
}

}  // namespace

Terminal DetectTerminal(int fd) {
  Terminal terminal;
  if (!isatty(fd)) return terminal;
  struct winsize size = {};
  terminal.width = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualWidth;
  terminal.colour = !IsSet("NO_COLOR") && !IsDumb();
  return terminal;
}

std::string Styled(absl::string_view text, Style style, const Terminal& terminal) {
  if (!terminal.colour || style == Style::kPlain || text.empty()) return std::string(text);
  return absl::StrCat(EscapeSequence(style), text, "\033[0m");
}

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  for (size_t offset = 0; offset < text.size();) width += NextWidth(text, offset);
  return width;
}

std::string Shorten(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  size_t taken = 0;
  size_t end = 0;
  for (size_t offset = 0; offset < text.size(); end = offset) {
    taken += NextWidth(text, offset);
    if (taken >= width) break;
  }
  return absl::StrCat(text.substr(0, end), "…");
}

}  // namespace idlewarden::tools
