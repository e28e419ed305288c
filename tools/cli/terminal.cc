#include "tools/cli/terminal.h"

#include <sys/ioctl.h>
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

// Bytes 10xxxxxx continue a UTF-8 character.
bool StartsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

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
  for (char byte : text) width += StartsCharacter(byte) ? 1 : 0;
  return width;
}

std::string Shorten(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  size_t seen = 0;
  size_t end = 0;
  for (; end < text.size(); ++end) {
    if (StartsCharacter(text[end]) && ++seen == width) break;
  }
  return absl::StrCat(text.substr(0, end), "…");
}

std::string Printable(absl::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters too: C2 80 to C2 9F.
    const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) ++i;
    printable += c1 || byte < 0x20 || byte == 0x7F ? '?' : text[i];
  }
  return printable;
}

}  // namespace idlewarden::tools
