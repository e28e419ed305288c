#include "agent/names/dns_answer.h"

#include "absl/strings/str_cat.h"
#include "agent/names/testing/dns_message.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using policy::IpAddress;
using ::testing::ElementsAre;
using Kind = DnsAnswer::Kind;

const DnsQuestion kHost{DnsType::kA, "pc.corp.example"};
const DnsQuestion kHostV6{DnsType::kAaaa, "pc.corp.example"};
const DnsQuestion kReverse{DnsType::kPtr, "5.0.77.10.in-addr.arpa"};

DnsAnswer ReadBytes(const DnsQuestion& question, absl::string_view message) {
  return ReadDnsAnswer(question, {reinterpret_cast<const uint8_t*>(message.data()), message.size()});
}

DnsAnswer Read(const DnsQuestion& question, const std::vector<std::string>& records) {
  return ReadBytes(question, EncodeAnswer(question, 0, records));
}

std::string A(absl::string_view owner, absl::string_view address, uint32_t ttl = 60) {
  const IpAddress ip = IpAddress::Parse(address).value();
  return EncodeRecord(EncodeName(owner), static_cast<int>(DnsType::kA), ttl,
                      {reinterpret_cast<const char*>(ip.bytes.data()), 4});
}

std::string Cname(absl::string_view owner, absl::string_view name, uint32_t ttl = 60) {
  return EncodeRecord(EncodeName(owner), kTypeCname, ttl, EncodeName(name));
}

std::string Ptr(absl::string_view owner, absl::string_view name, uint32_t ttl = 60) {
  return EncodeRecord(EncodeName(owner), static_cast<int>(DnsType::kPtr), ttl, EncodeName(name));
}

IpAddress Ip(absl::string_view text) { return IpAddress::Parse(text).value(); }

TEST(ReadDnsAnswer, TakesAllAddressesAndTheLeastTimeToLive) {
  const DnsAnswer answer = Read(kHost, {A("pc.corp.example", "10.77.0.5", 90), A("PC.Corp.Example", "10.77.0.6", 30)});
  EXPECT_EQ(answer.kind, Kind::kFound);
  EXPECT_THAT(answer.addresses, ElementsAre(Ip("10.77.0.5"), Ip("10.77.0.6")));
  EXPECT_EQ(answer.ttl, absl::Seconds(30));
}

TEST(ReadDnsAnswer, TakesIpv6AddressesAndMappedOnesAsIpv4) {
  const std::string owner("\xc0\x0c", 2);  // the question's name
  const int type = static_cast<int>(DnsType::kAaaa);
  const DnsAnswer answer =
      Read(kHostV6, {EncodeRecord(owner, type, 1, absl::StrCat("\x20\x01\x0d\xb8", std::string(11, '\0'), "\x05")),
                     EncodeRecord(owner, type, 1, absl::StrCat(std::string(10, '\0'), "\xff\xff\x0a\x4d\x01\x05"))});
  EXPECT_THAT(answer.addresses, ElementsAre(Ip("2001:db8::5"), Ip("10.77.1.5")));
}

TEST(ReadDnsAnswer, FollowsAliasesInAnyOrder) {
  const DnsAnswer answer = Read(kHost, {A("c.example", "10.77.0.5"), Cname("b.example", "c.example", 20),
                                        Cname("pc.corp.example", "b.example"), A("other.example", "10.77.0.9")});
  EXPECT_THAT(answer.addresses, ElementsAre(Ip("10.77.0.5")));
  EXPECT_EQ(answer.ttl, absl::Seconds(20));
}

TEST(ReadDnsAnswer, FollowsTheAliasesOfDelegatedReverseZones) {
  const DnsAnswer answer = Read(kReverse, {Cname("5.0.77.10.in-addr.arpa", "5.0-31.0.77.10.in-addr.arpa"),
                                           Ptr("5.0-31.0.77.10.in-addr.arpa", "pc.corp.example")});
  EXPECT_THAT(answer.names, ElementsAre("pc.corp.example"));
}

TEST(ReadDnsAnswer, AnAliasOfNothingIsNone) {
  EXPECT_EQ(Read(kHost, {Cname("pc.corp.example", "gone.example")}).kind, Kind::kNone);
  EXPECT_EQ(Read(kHost, std::vector<std::string>()).kind, Kind::kNone);
  EXPECT_EQ(Read(kHost, {A("other.example", "10.77.0.9")}).kind, Kind::kNone);
}

TEST(ReadDnsAnswer, AliasesInACircleAreAFailure) {
  EXPECT_EQ(Read(kHost, {Cname("pc.corp.example", "b.example"), Cname("b.example", "pc.corp.example")}).kind,
            Kind::kFailed);
}

TEST(ReadDnsAnswer, TakesAllNamesOfAnAddress) {
  const DnsAnswer answer =
      Read(kReverse, {Ptr(kReverse.name, "pc.corp.example"), Ptr(kReverse.name, "b\xc3\xbcro.corp.example")});
  EXPECT_THAT(answer.names, ElementsAre("pc.corp.example", "büro.corp.example"));
}

TEST(ReadDnsAnswer, SpecialCharactersOfNamesKeepABackslash) {
  const std::string data = absl::StrCat(EncodeNumber(7, 1), "a.b\\c\nd", std::string(1, '\0'));
  const DnsAnswer answer =
      Read(kReverse, {EncodeRecord(EncodeName(kReverse.name), static_cast<int>(DnsType::kPtr), 60, data)});
  EXPECT_THAT(answer.names, ElementsAre("a\\.b\\\\c\\010d"));
}

TEST(ReadDnsAnswer, RecordsOfOtherTypesAndClassesAreSkipped) {
  const std::string owner = EncodeName("pc.corp.example");
  const DnsAnswer answer = Read(kHost, {EncodeRecord(owner, 16, 5, "\x03txt"), EncodeRecord(owner, 1, 5, "abcd", 3),
                                        A("pc.corp.example", "10.77.0.5")});
  EXPECT_THAT(answer.addresses, ElementsAre(Ip("10.77.0.5")));
  EXPECT_EQ(answer.ttl, absl::Seconds(60));
}

TEST(ReadDnsAnswer, ATimeToLiveWithTheHighestBitIsZero) {
  EXPECT_EQ(Read(kHost, {A("pc.corp.example", "10.77.0.5", 0x80000000)}).ttl, absl::ZeroDuration());
}

TEST(ReadDnsAnswer, EachTruncationIsAFailure) {
  const std::string whole = EncodeAnswer(
      kHost, 0, {Cname("pc.corp.example", "b.example"), A("b.example", "10.77.0.5"), A("b.example", "10.77.0.6")});
  ASSERT_EQ(ReadBytes(kHost, whole).kind, Kind::kFound);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(ReadBytes(kHost, absl::string_view(whole).substr(0, size)).kind, Kind::kFailed) << size;
  }
}

TEST(ReadDnsAnswer, SizesThatDoNotFitAreAFailure) {
  const std::string owner = EncodeName("pc.corp.example");
  const std::string name = EncodeName("b.example");
  EXPECT_EQ(Read(kHost, {EncodeRecord(owner, 1, 5, "abc")}).kind, Kind::kFailed);
  EXPECT_EQ(Read(kHostV6, {EncodeRecord(owner, 28, 5, "abcd")}).kind, Kind::kFailed);
  EXPECT_EQ(Read(kHost, {EncodeRecord(owner, kTypeCname, 5, name + "x")}).kind, Kind::kFailed);
  EXPECT_EQ(Read(kHost, {EncodeRecord(owner, kTypeCname, 5, name.substr(0, 4)), A("b.example", "10.77.0.5")}).kind,
            Kind::kFailed);
}

}  // namespace
}  // namespace idlewarden::agent
