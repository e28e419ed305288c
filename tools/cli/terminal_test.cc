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

TEST(TerminalTest, WhatIsShownIsCountedNotBytes) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("Zoë"), 3u);
  EXPECT_EQ(DisplayWidth("日本"), 4u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);
  EXPECT_EQ(DisplayWidth("J\xF6"), 2u);
}

TEST(TerminalTest, ShortenCutsBetweenCharacters) {
  EXPECT_EQ(Shorten("kiosk", 5), "kiosk");
  EXPECT_EQ(Shorten("kiosks", 5), "kios…");
  EXPECT_EQ(Shorten("éééé", 3), "éé…");
  EXPECT_EQ(Shorten("日本語", 6), "日本語");
  EXPECT_EQ(Shorten("日本語", 5), "日本…");
  EXPECT_EQ(Shorten("日本語", 4), "日…");
  EXPECT_EQ(Shorten("abc", 1), "…");
  EXPECT_EQ(Shorten("abc", 0), "");
}

}  // namespace
}  // namespace idlewarden::tools
