// The small values of the language: durations, names, globs, folding, addresses, client and user names.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/model/client_name.h"
#include "policy/model/digest.h"
#include "policy/model/duration.h"
#include "policy/model/fold_case.h"
#include "policy/model/glob.h"
#include "policy/model/ip.h"
#include "policy/model/policy.h"

namespace idlewarden::policy {
namespace {

TEST(DurationTest, Parses) {
  const std::vector<std::pair<const char*, absl::Duration>> cases = {
      {"1s", absl::Seconds(1)},     {"90s", absl::Seconds(90)}, {"15m", absl::Minutes(15)},
      {"1h30m", absl::Minutes(90)}, {"7d", absl::Hours(168)},   {"1d2h3m4s", absl::Seconds(93784)},
      {"0h30m", absl::Minutes(30)}, {"007m", absl::Minutes(7)}, {"36600d", absl::Hours(24 * 36600)},
  };
  for (const auto& [text, duration] : cases) {
    const auto parsed = ParseDuration(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, duration) << text;
  }
}

TEST(DurationTest, Refuses) {
  for (const char* text :
       {"",    "0",    "0s",  "0d0h", "15",  "m",  "1h30", "30m1h", "1m1m",   "-1m",
        "+1m", "1.5h", "1 h", " 1h",  "1h ", "1H", "1w",   "1ms",   "36601d", "99999999999999999999d"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(DurationTest, FormatsToWhatParsesToTheSame) {
  EXPECT_EQ(FormatShortDuration(absl::Seconds(93784)), "1d2h3m4s");
  EXPECT_EQ(FormatShortDuration(absl::Minutes(90)), "1h30m");
  EXPECT_EQ(FormatShortDuration(absl::ZeroDuration()), "0s");
  for (int64_t seconds = 1; seconds < 1'000'000'000; seconds = seconds * 3 + 7) {
    EXPECT_EQ(*ParseDuration(FormatShortDuration(absl::Seconds(seconds))), absl::Seconds(seconds));
  }
}

TEST(NameTest, Rules) {
  for (const char* name : {"a", "0", "a-b", "9-9", "everyone-else"}) EXPECT_TRUE(IsValidName(name)) << name;
  EXPECT_TRUE(IsValidName(std::string(63, 'a')));
  EXPECT_FALSE(IsValidName(std::string(64, 'a')));
  for (const char* name : {"", "-", "-a", "a-", "A", "a_b", "a b", "ä", "a.b"}) EXPECT_FALSE(IsValidName(name)) << name;
}

TEST(GlobTest, Matches) {
  EXPECT_TRUE(GlobMatches("", ""));
  EXPECT_TRUE(GlobMatches("*", ""));
  EXPECT_FALSE(GlobMatches("?", ""));
  EXPECT_TRUE(GlobMatches("a*b*c", "aXXbYYc"));
  EXPECT_TRUE(GlobMatches("*ab", "aab"));
  EXPECT_TRUE(GlobMatches("a**?", "ab"));
  EXPECT_FALSE(GlobMatches("a*b", "ab c"));
  EXPECT_FALSE(GlobMatches("abc", "ab"));
  EXPECT_FALSE(GlobMatches("ab", "abc"));
  EXPECT_TRUE(GlobMatches("[a].+(x)", "[A].+(X)"));
  EXPECT_TRUE(GlobMatches("?", "ß"));
  EXPECT_TRUE(GlobMatches("?", "😀"));
  EXPECT_TRUE(GlobMatches("??x", "äöX"));
  EXPECT_TRUE(GlobMatches("*é?", "caFÉ!"));
  EXPECT_TRUE(GlobMatches("?x", "\xFFx"));
}

TEST(GlobTest, ManyStarsStayFast) {
  std::string glob;
  for (int i = 0; i < 200; ++i) glob += "a*";
  EXPECT_FALSE(GlobMatches(glob + "b", std::string(5000, 'a')));
}

TEST(FoldCaseTest, SimpleFoldingKeepsTheNumberOfCharacters) {
  EXPECT_EQ(FoldCase("STRASSE ÄÖÜ ΣΊΣΥΦΟΣ"), "strasse äöü σίσυφοσ");
  EXPECT_EQ(FoldCase("ß"), "ß");
  EXPECT_EQ(FoldCase("İ"), "İ");
  EXPECT_EQ(FoldCase("\xFF"
                     "A"),
            "\xFF"
            "a");
}

TEST(FoldCaseTest, OneFormOfEachCharacter) {
  EXPECT_EQ(FoldCase("JO\u0308RG"), "j\u00F6rg");
  EXPECT_EQ(FoldCase("\u212B\u212A"), "\u00E5k") << "the signs for Angstrom and Kelvin";
  EXPECT_EQ(FoldCase("H\u0331"), FoldCase("\u1E96")) << "what composes only in lower case";
  EXPECT_EQ(FoldCase("\u1112\u1161\u11AB"), "\uD55C");
  EXPECT_EQ(FoldCase("o\xFF\u0308o\u0308"), "o\xFF\u0308\u00F6") << "what is not UTF-8 stays";
  EXPECT_EQ(NormalForm("JO\u0308RG"), "J\u00D6RG");
  EXPECT_EQ(NormalForm("Abc"), "Abc");
}

TEST(FoldCaseTest, FoldedTextFoldsToItself) {
  for (uint32_t c = 0x80; c < 0x3000; ++c) {
    std::string text;
    if (c < 0x800) {
      text = {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    } else {
      text = {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
              static_cast<char>(0x80 | (c & 0x3F))};
    }
    for (const char* before : {"", "h", "J", "o\u0308"}) {
      const std::string folded = FoldCase(before + text);
      EXPECT_EQ(FoldCase(folded), folded) << std::hex << c;
      EXPECT_EQ(FoldCase(NormalForm(before + text)), folded) << std::hex << c;
    }
  }
}

TEST(IpTest, AddressesParseStrictly) {
  for (const char* text : {"10.0.0.5", "0.0.0.0", "::", "::1", "2001:db8::1", "fe80::1"}) {
    ASSERT_TRUE(IpAddress::Parse(text).has_value()) << text;
    EXPECT_EQ(IpAddress::Parse(text)->ToString(), text);
  }
  EXPECT_EQ(IpAddress::Parse("2001:DB8:0:0::0001")->ToString(), "2001:db8::1");
  EXPECT_EQ(IpAddress::Parse("::ffff:10.0.0.5")->ToString(), "10.0.0.5");
  EXPECT_EQ(IpAddress::Parse("::FFFF:0a00:0005")->ToString(), "10.0.0.5");
  for (const char* text : {"", "10.0.0", "010.0.0.1", "10.0.0.256", "1.2.3.4.5", "0x0a.0.0.1", "167772165", " 10.0.0.5",
                           "10.0.0.5 ", ":::", "1::2::3", "fe80::1%eth0", "[::1]", "pc-1"}) {
    EXPECT_FALSE(IpAddress::Parse(text).has_value()) << text;
  }
}

TEST(IpTest, NetworksParseStrictly) {
  const auto text = [](absl::string_view network) {
    const auto parsed = IpNetwork::Parse(network);
    if (!parsed.ok()) return std::string("error");
    return parsed->has_value() ? (*parsed)->ToString() : "name";
  };
  EXPECT_EQ(text("10.0.0.0/8"), "10.0.0.0/8");
  EXPECT_EQ(text("0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(text("10.0.0.1/32"), "10.0.0.1");
  EXPECT_EQ(text("2001:db8::/47"), "2001:db8::/47");
  EXPECT_EQ(text("::ffff:10.0.0.0/104"), "10.0.0.0/8");
  EXPECT_EQ(text("::/0"), "::/0");
  EXPECT_EQ(text("pc-1"), "name");
  EXPECT_EQ(text("a/b"), "name");
  EXPECT_EQ(text("10.0.0.*"), "name");
  for (const char* bad : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08", "::/129", "::1/64",
                          "10.0.0.0/255.0.0.0", "::ffff:10.0.0.1/104"}) {
    EXPECT_EQ(text(bad), "error") << bad;
  }
}

TEST(IpTest, Contains) {
  const auto contains = [](absl::string_view network, absl::string_view address) {
    return (*IpNetwork::Parse(network))->Contains(*IpAddress::Parse(address));
  };
  EXPECT_TRUE(contains("10.20.0.0/15", "10.21.255.255"));
  EXPECT_FALSE(contains("10.20.0.0/15", "10.22.0.0"));
  EXPECT_TRUE(contains("0.0.0.0/0", "255.255.255.255"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
  EXPECT_FALSE(contains("::/0", "10.0.0.1"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("10.0.0.5", "10.0.0.5"));
}

TEST(ClientNameTest, SpellingsOfOneClient) {
  for (const char* spelling : {"10.0.0.5", "\\\\10.0.0.5", "\\10.0.0.5", "[10.0.0.5]", "::ffff:10.0.0.5",
                               "\\\\[::ffff:10.0.0.5]", "[::ffff:10.0.0.5%eth0]", "::ffff:a00:5"}) {
    EXPECT_EQ(CanonicalClient(spelling), "10.0.0.5") << spelling;
  }
  for (const char* spelling :
       {"fe80::1", "[fe80::1]", "fe80::1%eth0", "[fe80::1%eth0]", "[fe80::1]%eth0", "\\\\[FE80:0::0001%12]"}) {
    EXPECT_EQ(CanonicalClient(spelling), "fe80::1") << spelling;
  }
  EXPECT_EQ(CanonicalClient("\\\\PC-Ä"), "pc-ä");
  EXPECT_EQ(CanonicalClient("50%off"), "50%off");
  EXPECT_TRUE(SameClient("\\\\PC1", "pc1"));
  EXPECT_FALSE(SameClient("pc1", "pc2"));
  EXPECT_TRUE(SameClient("pc1.lab", "\\\\PC1.lab."));
  EXPECT_TRUE(SameClient("10.0.0.5", "10.0.0.5."));
  EXPECT_FALSE(SameClient("pc1", "pc1.lab"));
}

TEST(ClientNameTest, WhatMustNotBeNamed) {
  for (const char* client : {"", "\\", "\\\\", "[]", "\\\\[]", "[", "."}) EXPECT_FALSE(CanNameClient(client)) << client;
  EXPECT_FALSE(CanNameClient(absl::string_view("a\0b", 3)));
  EXPECT_TRUE(CanNameClient("pc"));
  for (const char* user : {"", "CORP\\", "@corp"}) EXPECT_FALSE(CanNameUser(user)) << user;
  EXPECT_FALSE(CanNameUser(absl::string_view("\0", 1)));
  EXPECT_TRUE(CanNameUser("CORP\\bob"));
}

TEST(ClientNameTest, HostNamesMatchInThreeValues) {
  EXPECT_EQ(CanonicalHostName("PC-1.Corp.Example."), "pc-1.corp.example");
  EXPECT_EQ(MatchHostName("pc-1", "pc-1"), Answer::kYes);
  EXPECT_EQ(MatchHostName("pc-1", "pc-1.lab"), Answer::kUnknown);
  EXPECT_EQ(MatchHostName("pc-1.lab", "pc-1"), Answer::kUnknown);
  EXPECT_EQ(MatchHostName("pc-1.lab", "pc-1.corp"), Answer::kNo);
  EXPECT_EQ(MatchHostName("pc-1", "pc-2.lab"), Answer::kNo);
  EXPECT_EQ(MatchHostName("pc-?", "pc-2.lab"), Answer::kUnknown);
}

TEST(ClientNameTest, UsersAreSplitByTheirNotation) {
  const auto parts = [](absl::string_view user, absl::string_view separator = "") {
    const UserName name = ParseUser(user, separator);
    const char* const notation = name.notation == UserNotation::kBare ? "-"
                                 : name.notation == UserNotation::kAt ? "@"
                                                                      : "\\";
    return absl::StrCat(name.account, " ", notation, " ", name.domain);
  };
  EXPECT_EQ(parts("bob"), "bob - ");
  EXPECT_EQ(parts("A\\B\\c"), "c \\ A\\B");
  EXPECT_EQ(parts("a@b@corp.example"), "a@b @ corp.example");
  EXPECT_EQ(parts("CORP\\a@b"), "a@b \\ CORP");
  EXPECT_EQ(parts("CORP+a+b"), "CORP+a+b - ");
  EXPECT_EQ(parts("CORP+a+b", "+"), "a+b \\ CORP");
  EXPECT_EQ(parts("CORP+a@lab", "+"), "CORP+a @ lab");
  EXPECT_EQ(parts("LAB\\CORP+a", "+"), "CORP+a \\ LAB");
  EXPECT_EQ(parts("\\bob"), "bob \\ ");
  EXPECT_EQ(parts(""), " - ");
  EXPECT_FALSE(CanNameUser("CORP+", "+"));
  EXPECT_TRUE(CanNameUser("CORP+"));
}

TEST(ClientNameTest, Users) {
  EXPECT_TRUE(SameUser("jo\u0308rg", "J\u00D6RG"));
  EXPECT_FALSE(SameUser("bob", "bob@corp.example"));
  EXPECT_TRUE(SameUser("CORP\\Jörg", "corp\\JÖRG"));
  EXPECT_FALSE(SameUser("CORP\\bob", "bob"));
}

TEST(DigestTest, IsSha256) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace idlewarden::policy
