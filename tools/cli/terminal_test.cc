#include "tools/cli/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace idlewarden::tools {
namespace {

TEST(TerminalTest, AFileIsNoTerminal) {
  const int fd = open("/dev/null", O_WRONLY);
  const Terminal terminal = DetectTerminal(fd);
  close(fd);
  EXPECT_EQ(terminal.width, 0u);
  EXPECT_FALSE(terminal.colour);
}

TEST(TerminalTest, ColourOnlyWhereThereIsColour) {
  EXPECT_EQ(Styled("close", Style::kRed, Terminal{.width = 80, .colour = false}), "close");
  EXPECT_EQ(Styled("close", Style::kRed, Terminal{.width = 80, .colour = true}), "\033[31mclose\033[0m");
  EXPECT_EQ(Styled("", Style::kRed, Terminal{.width = 80, .colour = true}), "");
}

TEST(TerminalTest, CharactersAreCountedNotBytes) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("Zoë"), 3u);
  EXPECT_EQ(DisplayWidth("日本"), 2u);
}

TEST(TerminalTest, ShortenCutsBetweenCharacters) {
  EXPECT_EQ(Shorten("kiosk", 5), "kiosk");
  EXPECT_EQ(Shorten("kiosks", 5), "kios…");
  EXPECT_EQ(Shorten("éééé", 3), "éé…");
  EXPECT_EQ(Shorten("abc", 1), "…");
  EXPECT_EQ(Shorten("abc", 0), "");
}

TEST(TerminalTest, NamesCannotSteerTheTerminal) {
  EXPECT_EQ(Printable("bob\033[2J\r\n"), "bob?[2J??");
  EXPECT_EQ(Printable("a\xC2\x9B"
                      "b"),
            "a?b");
  EXPECT_EQ(Printable("Zoë \\\\10.0.0.5"), "Zoë \\\\10.0.0.5");
}

}  // namespace
}  // namespace idlewarden::tools
