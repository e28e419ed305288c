#include "policy/model/escape_for_display.h"

#include <gtest/gtest.h>

#include <string>

namespace idlewarden::policy {
namespace {

TEST(PrintableTest, OrdinaryTextStays) {
  EXPECT_EQ(EscapeForDisplay(""), "");
  EXPECT_EQ(EscapeForDisplay("\\\\10.0.0.5 CORP\\zoë 日本 🖥 \"x\""), "\\\\10.0.0.5 CORP\\zoë 日本 🖥 \"x\"");
  EXPECT_EQ(EscapeForDisplay("\u00A0\u00FF\u2027\u202F\u2065\u206A"), "\u00A0\u00FF\u2027\u202F\u2065\u206A");
}

TEST(PrintableTest, ControlCharactersAreEscaped) {
  EXPECT_EQ(EscapeForDisplay("bob\033[2J\r\n\tx"), "bob\\u001b[2J\\r\\n\\tx");
  EXPECT_EQ(EscapeForDisplay(std::string("a\0b\x7f", 4)), "a\\u0000b\\u007f");
  EXPECT_EQ(EscapeForDisplay("\xC2\x80 \xC2\x9B \xC2\x9F"), "\\u0080 \\u009b \\u009f");
  for (int c = 0; c < 0x20; ++c) EXPECT_EQ(EscapeForDisplay(std::string(1, static_cast<char>(c)))[0], '\\') << c;
}

TEST(PrintableTest, LineSeparatorsAndDirectionAreEscaped) {
  EXPECT_EQ(EscapeForDisplay("\u2028\u2029"), "\\u2028\\u2029");
  EXPECT_EQ(EscapeForDisplay("\u202A\u202B\u202C\u202D\u202E"), "\\u202a\\u202b\\u202c\\u202d\\u202e");
  EXPECT_EQ(EscapeForDisplay("\u2066\u2067\u2068\u2069"), "\\u2066\\u2067\\u2068\\u2069");
  EXPECT_EQ(EscapeForDisplay("\u200E\u200F\u061C"), "\\u200e\\u200f\\u061c");
}

TEST(PrintableTest, BytesThatAreNotUtf8AreEscaped) {
  EXPECT_EQ(EscapeForDisplay("J\xF6rg"), "J\\xf6rg");
  EXPECT_EQ(EscapeForDisplay("\xED\xA0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(EscapeForDisplay("\xE2\x80"), "\\xe2\\x80");
}

TEST(PrintableTest, AppendsOneCharacter) {
  std::string out = "a";
  EXPECT_EQ(AppendPrintable("ëx", out), 2u);
  EXPECT_EQ(AppendPrintable("\u202Ex", out), 3u);
  EXPECT_EQ(out, "aë\\u202e");
}

}  // namespace
}  // namespace idlewarden::policy
