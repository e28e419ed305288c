#include "agent/names/host_name.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using policy::IpAddress;
using ::testing::ElementsAre;

IpAddress Ip(absl::string_view text) { return IpAddress::Parse(text).value(); }

TEST(ParseHostName, IgnoresCaseAndTheTrailingDot) {
  EXPECT_EQ(ParseHostName("PC-1.Corp.Example."), "pc-1.corp.example");
  EXPECT_EQ(ParseHostName("backup01"), "backup01");
  EXPECT_EQ(ParseHostName("_x.corp.example"), "_x.corp.example");
}

TEST(ParseHostName, LettersBeyondAsciiAreLetters) {
  EXPECT_EQ(ParseHostName("BÜRO-1.corp.example"), "büro-1.corp.example");
}

TEST(ParseHostName, WhatNoHostIsCalledIsRefused) {
  for (const absl::string_view text : {"", ".", "a..b", ".a", "a..", "a b", "a\\.b", "a*", "a?", "a/b", "a%eth0",
                                       "\\\\a", "[a]", "a:b", "a\nb", "a\x7f", "a\xff.b", "a\u202eb", "a\u2028b"}) {
    EXPECT_EQ(ParseHostName(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseHostName(absl::string_view("a\0b", 3)), std::nullopt);
}

TEST(ParseHostName, AnAddressIsNoName) {
  EXPECT_EQ(ParseHostName("10.0.0.5"), std::nullopt);
  EXPECT_EQ(ParseHostName("10.0.0.5."), std::nullopt);
}

TEST(ParseHostName, LengthsAreThoseOfDns) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  EXPECT_EQ(longest.size(), 253u);
  EXPECT_EQ(ParseHostName(longest), longest);
  EXPECT_EQ(ParseHostName(longest + "."), longest);
  EXPECT_EQ(ParseHostName(longest + "a"), std::nullopt);
  EXPECT_EQ(ParseHostName(label + "a"), std::nullopt);
}

TEST(ReverseName, OfBothFamilies) {
  EXPECT_EQ(ReverseName(Ip("10.77.0.5")), "5.0.77.10.in-addr.arpa");
  EXPECT_EQ(ReverseName(Ip("::ffff:10.77.0.5")), "5.0.77.10.in-addr.arpa");
  EXPECT_EQ(ReverseName(Ip("2001:db8::4f")),
            "f.4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(SearchNames, OnlyANameWithoutADotIsCompleted) {
  EXPECT_THAT(SearchNames("backup01", {"corp.example", "example."}),
              ElementsAre("backup01.corp.example", "backup01.example", "backup01"));
  EXPECT_THAT(SearchNames("backup01.corp", {"example"}), ElementsAre("backup01.corp"));
  EXPECT_THAT(SearchNames("backup01", {}), ElementsAre("backup01"));
}

TEST(SearchNames, ADomainThatIsNoneIsLeftOut) { EXPECT_THAT(SearchNames("a", {"", ".", "b c"}), ElementsAre("a")); }

TEST(IsPlaceholder, WhatBlockersAndHostsFilesAnswer) {
  for (const absl::string_view text : {"127.0.0.1", "127.0.1.1", "0.0.0.0", "::", "::1"}) {
    EXPECT_TRUE(IsPlaceholder(Ip(text))) << text;
  }
  for (const absl::string_view text : {"10.0.0.1", "126.255.255.255", "128.0.0.1", "1.0.0.0", "::2", "fe80::1"}) {
    EXPECT_FALSE(IsPlaceholder(Ip(text))) << text;
  }
}

TEST(IsInDns, NotWhatEachNetworkHasOfItsOwn) {
  for (const absl::string_view text : {"127.0.0.1", "::1", "169.254.7.7", "fe80::1", "febf::1"}) {
    EXPECT_FALSE(IsInDns(Ip(text))) << text;
  }
  for (const absl::string_view text : {"10.0.0.1", "169.253.0.1", "2001:db8::1", "fd00::1", "fec0::1"}) {
    EXPECT_TRUE(IsInDns(Ip(text))) << text;
  }
}

}  // namespace
}  // namespace idlewarden::agent
