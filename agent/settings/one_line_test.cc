#include "agent/settings/one_line.h"

#include <gtest/gtest.h>

#include <string>

namespace idlewarden::agent {
namespace {

TEST(OneLineTest, IsTheFirstLineWithoutSpacesAroundIt) {
  EXPECT_EQ(OneLine("  storage move \r\nsecond", 100), "storage move");
  EXPECT_EQ(OneLine("", 100), "");
  EXPECT_EQ(OneLine("\nsecond", 100), "");
}

TEST(OneLineTest, ControlCharactersAreShownNotObeyed) {
  EXPECT_EQ(OneLine("a\x1b[31mb\tc\x7f", 100), "a\\x1b[31mb\\x09c\\x7f");
  EXPECT_EQ(OneLine("a\xc2\x9b"
                    "b",
                    100),
            "a\\xc2\\x9bb");
  EXPECT_EQ(OneLine(absl::string_view("a\0b", 3), 100), "a\\x00b");
}

TEST(OneLineTest, UnicodeStaysAndBrokenBytesAreEscaped) {
  EXPECT_EQ(OneLine("Umbau – fertig 12:00 😀", 100), "Umbau – fertig 12:00 😀");
  EXPECT_EQ(OneLine("\xff", 100), "\\xff");
  EXPECT_EQ(OneLine("\xc0\xaf", 100), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(OneLine("\xe0\x80\xaf", 100), "\\xe0\\x80\\xaf");  // overlong
  EXPECT_EQ(OneLine("\xed\xa0\x80", 100), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(OneLine("\xf4\x90\x80\x80", 100), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(OneLine("a\xe2\x82", 100), "a\\xe2\\x82");  // cut
}

TEST(OneLineTest, IsCutAtACharacter) {
  EXPECT_EQ(OneLine(std::string(300, 'x'), 200), std::string(200, 'x') + "…");
  EXPECT_EQ(OneLine("abäc", 3), "ab…");
  EXPECT_EQ(OneLine("abäc", 4), "abä…");
  EXPECT_EQ(OneLine("abä", 4), "abä");
}

}  // namespace
}  // namespace idlewarden::agent
