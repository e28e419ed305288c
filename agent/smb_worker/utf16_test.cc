// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/utf16.h"

#include <random>
#include <string>

#include "gtest/gtest.h"

namespace idlewarden::smb {
namespace {

std::string Bytes(const std::u16string& units) {
  std::string bytes;
  for (char16_t unit : units) {
    bytes.push_back(static_cast<char>(unit & 0xFF));
    bytes.push_back(static_cast<char>(unit >> 8));
  }
  return bytes;
}

TEST(Utf16Test, KnownTexts) {
  EXPECT_EQ(*Utf8ToUtf16(""), u"");
  EXPECT_EQ(*Utf8ToUtf16("a\u00e9\u20ac\U0001F600"), u"a\u00e9\u20ac\U0001F600");
  EXPECT_EQ(*Utf16LeToUtf8(Bytes(u"a\u00e9\u20ac\U0001F600")), "a\u00e9\u20ac\U0001F600");
}

TEST(Utf16Test, MalformedUtf8IsRefused) {
  for (const char* text : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5",
                           "\xE2\x82", "a\xFF"}) {
    EXPECT_EQ(Utf8ToUtf16(text).status().code(), absl::StatusCode::kInvalidArgument) << testing::PrintToString(text);
  }
  EXPECT_FALSE(Utf8ToUtf16(absl::string_view("a\0b", 3)).ok());
}

TEST(Utf16Test, MalformedUtf16IsRefused) {
  EXPECT_EQ(Utf16LeToUtf8("a").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(Utf16LeToUtf8(Bytes(std::u16string(1, 0xD800))).ok());
  EXPECT_FALSE(Utf16LeToUtf8(Bytes(std::u16string(1, 0xDC00))).ok());
  EXPECT_FALSE(Utf16LeToUtf8(Bytes(std::u16string{0xD800, 'x'})).ok());
  EXPECT_FALSE(Utf16LeToUtf8(Bytes(std::u16string{'a', 0, 'b'})).ok());
}

TEST(Utf16Test, EveryCodePointMakesTheRoundTrip) {
  for (uint32_t point = 1; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    std::u16string units;
    if (point < 0x10000) {
      units.push_back(static_cast<char16_t>(point));
    } else {
      units.push_back(static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10)));
      units.push_back(static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
    }
    const auto utf8 = Utf16LeToUtf8(Bytes(units));
    ASSERT_TRUE(utf8.ok()) << point;
    const auto back = Utf8ToUtf16(*utf8);
    ASSERT_TRUE(back.ok()) << point;
    ASSERT_EQ(*back, units) << point;
  }
}

}  // namespace
}  // namespace idlewarden::smb
