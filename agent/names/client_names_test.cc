#include "agent/names/client_names.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/names/testing/fake_dns.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

policy::IpAddress Ip(const std::string& text) { return *policy::IpAddress::Parse(text); }

class ClientNamesTest : public ::testing::Test {
 protected:
  ClientNames& names() {
    if (names_ == nullptr) names_ = std::make_unique<ClientNames>(loop_, dns_, options_, [this] { ++changes_; });
    return *names_;
  }
  void Want(const std::string& address) { names().Want(Ip(address)); }
  std::optional<std::vector<std::string>> NamesOf(const std::string& address) { return names().NamesOf(Ip(address)); }
  uint64_t Count(LookupResult result) { return names().results()[static_cast<size_t>(result)]; }
  void Run(absl::Duration time) { loop_.AdvanceBy(time); }

  SimulatedEventLoop loop_;
  FakeDns dns_{loop_};
  NameOptions options_;
  int changes_ = 0;
  std::unique_ptr<ClientNames> names_;
};

TEST_F(ClientNamesTest, AConfirmedNameIsKnownOnceItIsThereAndNobodyWaitsForIt) {
  dns_.names["10.0.0.5"] = {"PC-17.Corp.example."};
  dns_.hosts["pc-17.corp.example"] = {"10.0.0.9", "10.0.0.5"};
  Want("10.0.0.5");
  EXPECT_EQ(NamesOf("10.0.0.5"), std::nullopt);
  Run(absl::Milliseconds(20));
  EXPECT_THAT(NamesOf("10.0.0.5"), Optional(ElementsAre("pc-17.corp.example")));
  EXPECT_EQ(Count(LookupResult::kFound), 1u);
}

TEST_F(ClientNamesTest, ALyingReverseZoneSaysNothing) {
  dns_.names["10.0.0.5"] = {"backup01.corp.example"};
  dns_.hosts["backup01.corp.example"] = {"10.77.0.5"};
  dns_.names["10.0.0.6"] = {"nowhere.example"};
  Want("10.0.0.5");
  Want("10.0.0.6");
  Run(absl::Seconds(1));
  EXPECT_EQ(NamesOf("10.0.0.5"), std::nullopt);
  EXPECT_EQ(NamesOf("10.0.0.6"), std::nullopt);
  EXPECT_EQ(Count(LookupResult::kUnconfirmed), 2u);
}

TEST_F(ClientNamesTest, OfSeveralNamesTheConfirmedOnesCountAndOneThatCannotBeCheckedMakesAllUnknown) {
  dns_.names["10.0.0.5"] = {"a.example", "b.example", "liar.example"};
  dns_.hosts["a.example"] = {"10.0.0.5"};
  dns_.hosts["b.example"] = {"10.0.0.5"};
  dns_.hosts["liar.example"] = {"10.9.9.9"};
  dns_.names["10.0.0.6"] = {"a6.example", "slow.example"};
  dns_.hosts["a6.example"] = {"10.0.0.6"};
  dns_.silent = {"slow.example"};
  Want("10.0.0.5");
  Want("10.0.0.6");
  Run(absl::Seconds(5));
  EXPECT_THAT(NamesOf("10.0.0.5"), Optional(ElementsAre("a.example", "b.example")));
  EXPECT_EQ(NamesOf("10.0.0.6"), std::nullopt);
  EXPECT_GE(Count(LookupResult::kTimeout), 1u);
}

TEST_F(ClientNamesTest, AnAddressWithoutANameStaysUnknownUnlessToldOtherwise) {
  Want("10.0.0.5");
  Run(absl::Seconds(1));
  EXPECT_EQ(NamesOf("10.0.0.5"), std::nullopt);
  names_.reset();
  options_.unnamed_has_no_names = true;
  Want("10.0.0.5");
  Run(absl::Seconds(1));
  EXPECT_THAT(NamesOf("10.0.0.5"), Optional(IsEmpty()));
}

TEST_F(ClientNamesTest, AFactIsAskedForAgainBeforeItExpiresAndIsUnknownAfterwards) {
  dns_.names["10.0.0.5"] = {"a.example"};
  dns_.hosts["a.example"] = {"10.0.0.5"};
  Want("10.0.0.5");
  Run(absl::Seconds(1));
  Run(absl::Minutes(8));
  EXPECT_EQ(Count(LookupResult::kFound), 2u);
  dns_.failures["10.0.0.5"] = DnsAnswer::Kind::kFailed;
  Want("10.0.0.5");
  Run(absl::Minutes(9));  // still good, although the look-ups fail
  EXPECT_THAT(NamesOf("10.0.0.5"), Optional(SizeIs(1)));
  Run(absl::Minutes(2));
  EXPECT_EQ(NamesOf("10.0.0.5"), std::nullopt);
}

TEST_F(ClientNamesTest, WhatNobodyWantsIsNotAskedForAgain) {
  dns_.names["10.0.0.5"] = {"a.example"};
  dns_.hosts["a.example"] = {"10.0.0.5"};
  Want("10.0.0.5");
  Run(absl::Hours(5));
  EXPECT_LE(dns_.asked.size(), 4u);  // once, and once more while it was wanted within `keep`
  EXPECT_EQ(NamesOf("10.0.0.5"), std::nullopt);
}

TEST_F(ClientNamesTest, FailuresAreRepeatedSoonerThanFacts) {
  dns_.failures["10.0.0.5"] = DnsAnswer::Kind::kFailed;
  Want("10.0.0.5");
  Run(absl::Seconds(59));
  EXPECT_THAT(dns_.asked, SizeIs(1));
  dns_.failures.clear();
  dns_.names["10.0.0.5"] = {"a.example"};
  dns_.hosts["a.example"] = {"10.0.0.5"};
  Run(absl::Seconds(3));
  EXPECT_THAT(NamesOf("10.0.0.5"), Optional(ElementsAre("a.example")));
}

TEST_F(ClientNamesTest, AShortTimeToLiveIsHonouredDownToHalfAMinute) {
  dns_.names["10.0.0.5"] = {"a.example"};
  dns_.hosts["a.example"] = {"10.0.0.5"};
  dns_.ttl = absl::Seconds(1);
  Want("10.0.0.5");
  Run(absl::Seconds(1));
  dns_.failures["10.0.0.5"] = DnsAnswer::Kind::kFailed;
  Run(absl::Seconds(28));
  EXPECT_THAT(NamesOf("10.0.0.5"), Optional(SizeIs(1)));
  Run(absl::Seconds(3));
  EXPECT_EQ(NamesOf("10.0.0.5"), std::nullopt);
}

TEST_F(ClientNamesTest, HostsAreKeptFreshAndTheirChangesReported) {
  dns_.hosts["backup01.corp.example"] = {"10.77.0.5", "2001:db8::5"};
  names().SetHosts({"backup01.corp.example", "typo.example"});
  Run(absl::Seconds(1));
  EXPECT_THAT(names().hosts(), SizeIs(1));  // one that DNS does not know may be one that only NetBIOS knows
  EXPECT_THAT(names().hosts().at("backup01.corp.example"), ElementsAre(Ip("10.77.0.5"), Ip("2001:db8::5")));
  const int before = changes_;
  Run(absl::Minutes(20));
  EXPECT_EQ(changes_, before);                          // the same addresses again are no change
  dns_.hosts["backup01.corp.example"] = {"10.77.0.6"};  // it moves
  Run(absl::Minutes(10));
  EXPECT_THAT(names().hosts().at("backup01.corp.example"), ElementsAre(Ip("10.77.0.6")));
  EXPECT_GT(changes_, before);
  names().SetHosts({});
  Run(absl::Seconds(1));
  EXPECT_THAT(names().hosts(), IsEmpty());
}

TEST_F(ClientNamesTest, AHostThatCannotBeAskedForAnyMoreExpiresAndThatIsAChange) {
  dns_.hosts["a.example"] = {"10.0.0.5"};
  names().SetHosts({"a.example"});
  Run(absl::Seconds(1));
  const int before = changes_;
  dns_.silent = {"a.example"};
  Run(absl::Minutes(11));
  EXPECT_THAT(names().hosts(), IsEmpty());
  EXPECT_GT(changes_, before);
}

TEST_F(ClientNamesTest, LookUpsAreRateLimitedAndHostsGoFirst) {
  options_.per_second = 10;
  for (int i = 0; i < 100; ++i) Want(absl::StrCat("10.1.0.", i));
  dns_.hosts["a.example"] = {"10.0.0.5"};
  names().SetHosts({"a.example"});
  Run(absl::Seconds(2));
  EXPECT_THAT(names().hosts(), SizeIs(1));
  EXPECT_LE(dns_.asked.size(), 31u);  // a second's worth at once, then ten a second
  Run(absl::Seconds(9));
  EXPECT_GE(dns_.asked.size(), 100u);
}

TEST_F(ClientNamesTest, MemoryIsBoundedAndTheLeastRecentlyWantedGoes) {
  options_.most_addresses = 3;
  dns_.names["10.0.0.1"] = {"a.example"};
  dns_.hosts["a.example"] = {"10.0.0.1"};
  Want("10.0.0.1");
  Run(absl::Seconds(1));
  Want("10.0.0.2");
  Want("10.0.0.3");
  Want("10.0.0.1");
  Want("10.0.0.4");
  EXPECT_EQ(names().address_count(), 3u);
  EXPECT_THAT(NamesOf("10.0.0.1"), Optional(SizeIs(1)));
  Run(absl::Minutes(30));
  EXPECT_LE(names().address_count(), 3u);
}

TEST_F(ClientNamesTest, NamesThatAreNoneAreDropped) {
  dns_.names["10.0.0.5"] = {"*", "bad name", std::string("nul\0", 4), std::string(300, 'x'), "back\\slash"};
  Want("10.0.0.5");
  Run(absl::Seconds(1));
  EXPECT_EQ(NamesOf("10.0.0.5"), std::nullopt);
  EXPECT_THAT(dns_.asked, SizeIs(1));  // none was worth confirming
}

TEST_F(ClientNamesTest, ALateAnswerAfterTheTimeOutChangesNothing) {
  dns_.names["10.0.0.5"] = {"a.example"};
  dns_.hosts["a.example"] = {"10.0.0.5"};
  dns_.takes = absl::Seconds(3);
  Want("10.0.0.5");
  Run(absl::Seconds(4));
  EXPECT_EQ(NamesOf("10.0.0.5"), std::nullopt);
  EXPECT_EQ(Count(LookupResult::kTimeout), 1u);
  names_.reset();  // with look-ups under way
  Run(absl::Minutes(10));
}

}  // namespace
}  // namespace idlewarden::agent
