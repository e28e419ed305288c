#include "agent/names/client_names.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "agent/clock/simulated_event_loop.h"
#include "agent/names/testing/fake_dns.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using policy::HostAddresses;
using policy::IpAddress;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using Kind = DnsAnswer::Kind;

IpAddress Ip(absl::string_view text) { return IpAddress::Parse(text).value(); }

class ClientNamesTest : public ::testing::Test {
 protected:
  // keep is 10 minutes.
  ClientNames& Make(const NameOptions& options = {.per_second = 1000}) {
    names_.emplace(loop_, dns_, options, [this] { ++changes_; });
    return *names_;
  }

  // Wants the address and lets the answers come.
  void Resolve(absl::string_view address) {
    names_->Want(Ip(address));
    loop_.AdvanceBy(absl::Seconds(1));
  }
  std::optional<std::vector<std::string>> NamesOf(absl::string_view address) const {
    return names_->NamesOf(Ip(address));
  }
  uint64_t Count(LookupKind kind, LookupResult result) const {
    return names_->results(kind)[static_cast<size_t>(result)];
  }

  // Time passes with the address always wanted, as cycles do.
  void AdvanceWanting(absl::string_view address, absl::Duration duration) {
    for (absl::Duration passed; passed < duration; passed += absl::Seconds(10)) {
      names_->Want(Ip(address));
      loop_.AdvanceBy(absl::Seconds(10));
    }
  }

  SimulatedEventLoop loop_;
  FakeDns dns_{loop_};
  int changes_ = 0;
  std::optional<ClientNames> names_;
};

// ---- Hosts ----

TEST_F(ClientNamesTest, AHostIsKnownByBothFamilies) {
  dns_.hosts["backup01.corp.example"] = {"10.77.0.5", "2001:db8::5", "10.77.0.4"};
  Make().SetHosts({"backup01.corp.example"});
  EXPECT_THAT(names_->hosts(), IsEmpty());
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(names_->hosts(),
            (HostAddresses{{"backup01.corp.example", {Ip("10.77.0.4"), Ip("10.77.0.5"), Ip("2001:db8::5")}}}));
  EXPECT_EQ(Count(LookupKind::kHost, LookupResult::kFound), 1u);
  EXPECT_EQ(changes_, 1);
}

TEST_F(ClientNamesTest, AHostOfWhichOneFamilyFailedIsUnknown) {
  for (const Kind kind : {Kind::kFailed, Kind::kTimeout}) {
    for (const DnsType type : {DnsType::kA, DnsType::kAaaa}) {
      dns_.hosts["a.example"] = {"10.77.0.5", "2001:db8::5"};
      dns_.failures_of_a.clear();
      dns_.failures_of_aaaa.clear();
      (type == DnsType::kA ? dns_.failures_of_a : dns_.failures_of_aaaa)["a.example"] = kind;
      Make().SetHosts({"a.example"});
      loop_.AdvanceBy(absl::Seconds(1));
      EXPECT_THAT(names_->hosts(), IsEmpty());
      EXPECT_EQ(Count(LookupKind::kHost, kind == Kind::kFailed ? LookupResult::kFailed : LookupResult::kTimeout), 1u);
    }
  }
}

TEST_F(ClientNamesTest, AHostThatDnsDoesNotHaveIsUnknown) {
  Make().SetHosts({"typo.corp.example"});
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(names_->hosts(), IsEmpty());
  EXPECT_EQ(Count(LookupKind::kHost, LookupResult::kNone), 1u);
}

TEST_F(ClientNamesTest, AHostWithAPlaceholderAmongItsAddressesIsUnknown) {
  dns_.hosts["a.example"] = {"10.77.0.5", "::1"};
  dns_.hosts["b.example"] = {"127.0.1.1"};
  dns_.hosts["c.example"] = {"0.0.0.0"};
  Make().SetHosts({"a.example", "b.example", "c.example"});
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(names_->hosts(), IsEmpty());
  EXPECT_EQ(Count(LookupKind::kHost, LookupResult::kUnconfirmed), 3u);
}

TEST_F(ClientNamesTest, ANameWithoutADotIsLookedForInTheSearchDomainsInTurn) {
  dns_.search_domains = {"first.example", "corp.example"};
  dns_.hosts["backup01.corp.example"] = {"10.77.0.5"};
  dns_.hosts["backup01"] = {"10.99.99.99"};
  Make().SetHosts({"backup01"});
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(names_->hosts(), (HostAddresses{{"backup01", {Ip("10.77.0.5")}}}));
  EXPECT_EQ(Count(LookupKind::kHost, LookupResult::kFound), 1u);
}

TEST_F(ClientNamesTest, TheSearchDoesNotPassADomainThatDidNotAnswer) {
  dns_.search_domains = {"first.example", "corp.example"};
  dns_.failures_of_aaaa["backup01.first.example"] = Kind::kTimeout;
  dns_.hosts["backup01.corp.example"] = {"10.77.0.5"};
  Make().SetHosts({"backup01"});
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(names_->hosts(), IsEmpty());
}

TEST_F(ClientNamesTest, TheSearchDoesNotMixTheFamiliesOfTwoHosts) {
  dns_.search_domains = {"first.example", "corp.example"};
  dns_.hosts["backup01.first.example"] = {"10.77.0.5"};
  dns_.hosts["backup01.corp.example"] = {"2001:db8::5"};
  Make().SetHosts({"backup01"});
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(names_->hosts(), (HostAddresses{{"backup01", {Ip("10.77.0.5")}}}));
}

TEST_F(ClientNamesTest, HostsAreKeptFreshWithoutAGapAndWithoutAChange) {
  dns_.hosts["a.example"] = {"10.77.0.5"};
  Make().SetHosts({"a.example"});
  loop_.AdvanceBy(absl::Seconds(1));
  const uint64_t generation = names_->hosts_generation();
  for (int minute = 0; minute < 60; ++minute) {
    loop_.AdvanceBy(absl::Minutes(1));
    EXPECT_EQ(names_->hosts().size(), 1u) << minute;
  }
  EXPECT_EQ(names_->hosts_generation(), generation);
  EXPECT_EQ(Count(LookupKind::kHost, LookupResult::kFound), 9u);
}

TEST_F(ClientNamesTest, AHostThatMovesIsKnownAtItsNewAddress) {
  dns_.hosts["a.example"] = {"10.77.0.5"};
  Make().SetHosts({"a.example"});
  loop_.AdvanceBy(absl::Seconds(1));
  const uint64_t generation = names_->hosts_generation();
  dns_.hosts["a.example"] = {"10.77.0.6"};
  loop_.AdvanceBy(absl::Minutes(8));
  EXPECT_EQ(names_->hosts(), (HostAddresses{{"a.example", {Ip("10.77.0.6")}}}));
  EXPECT_NE(names_->hosts_generation(), generation);
  EXPECT_EQ(changes_, 2);
}

TEST_F(ClientNamesTest, AHostThatIsGoneFromDnsIsUnknownWithTheAnswer) {
  dns_.hosts["a.example"] = {"10.77.0.5"};
  Make().SetHosts({"a.example"});
  loop_.AdvanceBy(absl::Seconds(1));
  dns_.hosts["a.example"] = {};
  loop_.AdvanceBy(absl::Minutes(8));
  EXPECT_THAT(names_->hosts(), IsEmpty());
}

TEST_F(ClientNamesTest, OnlyTheHostsOfThePolicyAreKnown) {
  dns_.hosts["a.example"] = {"10.77.0.5"};
  dns_.hosts["b.example"] = {"10.77.0.6"};
  Make().SetHosts({"a.example"});
  loop_.AdvanceBy(absl::Seconds(1));
  names_->SetHosts({"b.example"});
  EXPECT_THAT(names_->hosts(), IsEmpty());
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(names_->hosts(), (HostAddresses{{"b.example", {Ip("10.77.0.6")}}}));
  names_->SetHosts({});
  EXPECT_THAT(names_->hosts(), IsEmpty());
  EXPECT_EQ(names_->hosts_generation(), 4u);
}

TEST_F(ClientNamesTest, WhatStaysInThePolicyIsNotAskedForAnew) {
  dns_.hosts["a.example"] = {"10.77.0.5"};
  Make().SetHosts({"a.example"});
  loop_.AdvanceBy(absl::Seconds(1));
  dns_.TakeAsked();
  names_->SetHosts({"a.example"});
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(dns_.TakeAsked(), IsEmpty());
}

TEST_F(ClientNamesTest, AnAnswerForAHostThatLeftAndCameBackIsNotMistakenForItsOwn) {
  dns_.takes = absl::Seconds(1);
  dns_.hosts["a.example"] = {"10.77.0.5"};
  Make().SetHosts({"a.example"});
  names_->SetHosts({});
  dns_.hosts["a.example"] = {"10.77.0.6"};
  loop_.AdvanceBy(absl::Milliseconds(500));
  names_->SetHosts({"a.example"});
  loop_.AdvanceBy(absl::Milliseconds(600));
  EXPECT_THAT(names_->hosts(), IsEmpty());
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_EQ(names_->hosts(), (HostAddresses{{"a.example", {Ip("10.77.0.6")}}}));
}

TEST_F(ClientNamesTest, WhatNoHostIsCalledIsNotAskedFor) {
  Make().SetHosts({"a b", "10.0.0.5", "a..b", "\\\\x", ""});
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(dns_.TakeAsked(), IsEmpty());
}

// ---- Names ----

TEST_F(ClientNamesTest, ANameThatHoldsTheAddressIsKnown) {
  dns_.names["10.77.0.5"] = {"PC-5.Corp.Example."};
  dns_.hosts["pc-5.corp.example"] = {"10.77.0.5", "10.78.0.5"};
  Make();
  names_->Want(Ip("10.77.0.5"));
  EXPECT_EQ(NamesOf("10.77.0.5"), std::nullopt);
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(NamesOf("10.77.0.5"), Optional(ElementsAre("pc-5.corp.example")));
  EXPECT_THAT(dns_.TakeAsked(), ElementsAre("10.77.0.5", "pc-5.corp.example"));
  EXPECT_EQ(changes_, 1);
}

TEST_F(ClientNamesTest, Ipv6IsConfirmedByIpv6) {
  dns_.names["2001:db8::5"] = {"pc-5.corp.example"};
  dns_.hosts["pc-5.corp.example"] = {"2001:db8::5"};
  Make();
  Resolve("2001:db8::5");
  EXPECT_THAT(NamesOf("2001:db8::5"), Optional(ElementsAre("pc-5.corp.example")));
}

TEST_F(ClientNamesTest, ALyingPointerIsUnknown) {
  dns_.names["10.77.0.9"] = {"backup01.corp.example"};
  dns_.hosts["backup01.corp.example"] = {"10.77.0.5"};
  dns_.names["10.77.0.10"] = {"nowhere.corp.example"};
  for (const bool unnamed_has_no_names : {false, true}) {
    Make({.per_second = 1000, .unnamed_has_no_names = unnamed_has_no_names});
    Resolve("10.77.0.9");
    Resolve("10.77.0.10");
    EXPECT_EQ(NamesOf("10.77.0.9"), std::nullopt);
    EXPECT_EQ(NamesOf("10.77.0.10"), std::nullopt);
    EXPECT_EQ(Count(LookupKind::kAddress, LookupResult::kUnconfirmed), 2u);
  }
}

TEST_F(ClientNamesTest, OfSeveralNamesTheConfirmedOnesCount) {
  dns_.names["10.77.0.9"] = {"pc-9.corp.example", "backup01.corp.example", "alias-9.corp.example", "PC-9.corp.example"};
  dns_.hosts["pc-9.corp.example"] = {"10.77.0.9"};
  dns_.hosts["alias-9.corp.example"] = {"10.77.0.9"};
  dns_.hosts["backup01.corp.example"] = {"10.77.0.5"};
  Make();
  Resolve("10.77.0.9");
  EXPECT_THAT(NamesOf("10.77.0.9"), Optional(ElementsAre("alias-9.corp.example", "pc-9.corp.example")));
}

TEST_F(ClientNamesTest, IfOneOfSeveralNamesCannotBeCheckedAllAreUnknown) {
  dns_.names["10.77.0.9"] = {"pc-9.corp.example", "backup01.corp.example"};
  dns_.hosts["pc-9.corp.example"] = {"10.77.0.9"};
  dns_.failures_of_a["backup01.corp.example"] = Kind::kTimeout;
  Make();
  Resolve("10.77.0.9");
  EXPECT_EQ(NamesOf("10.77.0.9"), std::nullopt);
  EXPECT_EQ(Count(LookupKind::kAddress, LookupResult::kTimeout), 1u);
}

TEST_F(ClientNamesTest, NamesThatNoHostHasCountForNothing) {
  dns_.names["10.77.0.9"] = {"evil\nlevel=error", "10.77.0.9", "back\\.slash", std::string(300, 'a')};
  dns_.names["10.77.0.8"] = {"*.corp.example", "pc-8.corp.example"};
  dns_.hosts["10.77.0.9"] = {"10.77.0.9"};
  dns_.hosts["pc-8.corp.example"] = {"10.77.0.8"};
  Make();
  Resolve("10.77.0.9");
  Resolve("10.77.0.8");
  EXPECT_EQ(NamesOf("10.77.0.9"), std::nullopt);
  EXPECT_THAT(NamesOf("10.77.0.8"), Optional(ElementsAre("pc-8.corp.example")));
}

TEST_F(ClientNamesTest, AnAddressWithTooManyNamesIsUnknownAndCostsOneQuestion) {
  std::vector<std::string> many;
  for (size_t i = 0; i <= ClientNames::kMostNames; ++i) many.push_back(absl::StrCat("n", i, ".example"));
  dns_.names["10.77.0.9"] = many;
  for (const std::string& name : many) dns_.hosts[name] = {"10.77.0.9"};
  Make();
  Resolve("10.77.0.9");
  EXPECT_EQ(NamesOf("10.77.0.9"), std::nullopt);
  EXPECT_EQ(dns_.asked.size(), 1u);
  many.pop_back();
  dns_.names["10.77.0.9"] = many;
  AdvanceWanting("10.77.0.9", absl::Minutes(6));
  EXPECT_EQ(NamesOf("10.77.0.9")->size(), ClientNames::kMostNames);
}

TEST_F(ClientNamesTest, AnAddressWithoutANameIsUnknownUnlessToldOtherwise) {
  Make();
  Resolve("10.77.0.9");
  EXPECT_EQ(NamesOf("10.77.0.9"), std::nullopt);
  EXPECT_EQ(changes_, 0);
  Make({.per_second = 1000, .unnamed_has_no_names = true});
  Resolve("10.77.0.9");
  EXPECT_THAT(NamesOf("10.77.0.9"), Optional(IsEmpty()));
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(Count(LookupKind::kAddress, LookupResult::kNone), 1u);
}

TEST_F(ClientNamesTest, AFailureNeverMeansThatThereIsNoName) {
  dns_.failures["10.77.0.9"] = Kind::kFailed;
  dns_.failures["10.77.0.8"] = Kind::kTimeout;
  Make({.per_second = 1000, .unnamed_has_no_names = true});
  Resolve("10.77.0.9");
  Resolve("10.77.0.8");
  EXPECT_EQ(NamesOf("10.77.0.9"), std::nullopt);
  EXPECT_EQ(NamesOf("10.77.0.8"), std::nullopt);
}

TEST_F(ClientNamesTest, AddressesThatDnsCannotKnowAreNotAskedFor) {
  Make({.per_second = 1000, .unnamed_has_no_names = true});
  for (const absl::string_view address : {"127.0.0.1", "::1", "fe80::1", "169.254.1.1"}) {
    Resolve(address);
    EXPECT_EQ(NamesOf(address), std::nullopt) << address;
  }
  EXPECT_EQ(dns_.asked.size(), 0u);
}

// ---- How long ----

TEST_F(ClientNamesTest, AFactExpiresToTheInstant) {
  dns_.names["10.77.0.5"] = {"pc-5.corp.example"};
  dns_.hosts["pc-5.corp.example"] = {"10.77.0.5"};
  Make();
  names_->Want(Ip("10.77.0.5"));
  loop_.AdvanceBy(2 * dns_.takes);
  const uint64_t generation = names_->names_generation();
  // Nothing runs, as in a loop that is busy.
  loop_.Stall(absl::Minutes(10) - absl::Nanoseconds(1));
  EXPECT_NE(NamesOf("10.77.0.5"), std::nullopt);
  EXPECT_EQ(names_->names_generation(), generation);
  loop_.Stall(absl::Nanoseconds(1));
  EXPECT_EQ(NamesOf("10.77.0.5"), std::nullopt);
  EXPECT_NE(names_->names_generation(), generation);
}

TEST_F(ClientNamesTest, AHostExpiresToTheInstantWhereItCannotBeAskedFor) {
  dns_.hosts["a.example"] = {"10.77.0.5"};
  Make().SetHosts({"a.example"});
  loop_.AdvanceBy(dns_.takes);
  const SteadyTime learned = loop_.SteadyNow();
  dns_.failures_of_a["a.example"] = Kind::kTimeout;
  loop_.AdvanceTo(learned + absl::Minutes(10) - absl::Nanoseconds(1));
  EXPECT_EQ(names_->hosts().size(), 1u);
  EXPECT_EQ(changes_, 1);
  loop_.AdvanceTo(learned + absl::Minutes(10));
  EXPECT_THAT(names_->hosts(), IsEmpty());
  EXPECT_EQ(changes_, 2);
  EXPECT_EQ(Count(LookupKind::kHost, LookupResult::kTimeout), 3u);
}

TEST_F(ClientNamesTest, AShortTimeToLiveIsHonouredDownToHalfAMinute) {
  const auto lifetime = [this](absl::Duration ttl) {
    dns_.names_ttl = dns_.hosts_ttl = ttl;
    dns_.names["10.77.0.5"] = {"pc-5.corp.example"};
    dns_.hosts["pc-5.corp.example"] = {"10.77.0.5"};
    Make();
    names_->Want(Ip("10.77.0.5"));
    loop_.AdvanceBy(2 * dns_.takes);
    const SteadyTime learned = loop_.SteadyNow();
    dns_.failures["10.77.0.5"] = Kind::kFailed;
    while (NamesOf("10.77.0.5").has_value()) loop_.AdvanceBy(absl::Seconds(1));
    dns_.failures.clear();
    return loop_.SteadyNow() - learned;
  };
  EXPECT_EQ(lifetime(absl::ZeroDuration()), absl::Seconds(30));
  EXPECT_EQ(lifetime(absl::Seconds(31)), absl::Seconds(31));
  EXPECT_EQ(lifetime(absl::Minutes(9)), absl::Minutes(9));
  EXPECT_EQ(lifetime(absl::Hours(24)), absl::Minutes(10));
}

TEST_F(ClientNamesTest, TheShortestTimeToLiveOfTheChainCounts) {
  dns_.names_ttl = absl::Minutes(5);
  dns_.names["10.77.0.5"] = {"pc-5.corp.example"};
  dns_.hosts_ttl = absl::Minutes(1);
  dns_.hosts["pc-5.corp.example"] = {"10.77.0.5"};
  Make();
  Resolve("10.77.0.5");
  dns_.failures["10.77.0.5"] = Kind::kFailed;
  loop_.AdvanceBy(absl::Seconds(58));
  EXPECT_NE(NamesOf("10.77.0.5"), std::nullopt);
  loop_.AdvanceBy(absl::Seconds(2));
  EXPECT_EQ(NamesOf("10.77.0.5"), std::nullopt);
}

TEST_F(ClientNamesTest, AnAddressInUseIsKeptFresh) {
  dns_.names["10.77.0.5"] = {"pc-5.corp.example"};
  dns_.hosts["pc-5.corp.example"] = {"10.77.0.5"};
  Make();
  Resolve("10.77.0.5");
  for (int i = 0; i < 360; ++i) {
    AdvanceWanting("10.77.0.5", absl::Seconds(10));
    ASSERT_NE(NamesOf("10.77.0.5"), std::nullopt) << i;
  }
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(Count(LookupKind::kAddress, LookupResult::kFound), 9u);
}

TEST_F(ClientNamesTest, AnAddressThatNobodyWantsExpiresAndIsForgotten) {
  dns_.names["10.77.0.5"] = {"pc-5.corp.example"};
  dns_.hosts["pc-5.corp.example"] = {"10.77.0.5"};
  Make();
  Resolve("10.77.0.5");
  Resolve("10.77.0.6");
  EXPECT_EQ(names_->address_count(), 2u);
  loop_.AdvanceBy(absl::Minutes(11));
  dns_.TakeAsked();
  EXPECT_NE(NamesOf("10.77.0.5"), std::nullopt);
  loop_.AdvanceBy(absl::Hours(1));
  EXPECT_THAT(dns_.TakeAsked(), IsEmpty());
  EXPECT_EQ(names_->address_count(), 0u);
  EXPECT_EQ(loop_.timer_count(), 0u);
  EXPECT_EQ(changes_, 2);
}

TEST_F(ClientNamesTest, AnAddressWantedAgainBeforeItExpiresIsAskedForAtOnce) {
  dns_.names["10.77.0.5"] = {"pc-5.corp.example"};
  dns_.hosts["pc-5.corp.example"] = {"10.77.0.5"};
  Make();
  Resolve("10.77.0.5");
  loop_.AdvanceBy(absl::Minutes(16));
  dns_.TakeAsked();
  Resolve("10.77.0.5");
  EXPECT_EQ(dns_.TakeAsked().size(), 2u);
  loop_.AdvanceBy(absl::Minutes(5));
  EXPECT_NE(NamesOf("10.77.0.5"), std::nullopt);
}

TEST_F(ClientNamesTest, AnAddressWantedEveryQuarterOfAnHourIsKnownEachTimeButTheFirst) {
  dns_.names["10.77.0.5"] = {"pc-5.corp.example"};
  dns_.hosts["pc-5.corp.example"] = {"10.77.0.5"};
  Make();
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(NamesOf("10.77.0.5").has_value(), round > 0) << round;
    names_->Want(Ip("10.77.0.5"));
    loop_.AdvanceBy(absl::Minutes(15));
  }
}

TEST_F(ClientNamesTest, ANameThatMovesIsGoneWithTheNextAnswer) {
  dns_.names["10.77.0.5"] = {"pc-5.corp.example"};
  dns_.hosts["pc-5.corp.example"] = {"10.77.0.5"};
  Make();
  Resolve("10.77.0.5");
  dns_.hosts["pc-5.corp.example"] = {"10.77.0.6"};
  AdvanceWanting("10.77.0.5", absl::Minutes(8));
  EXPECT_EQ(NamesOf("10.77.0.5"), std::nullopt);
  EXPECT_EQ(changes_, 2);
}

TEST_F(ClientNamesTest, AFailureLeavesWhatIsKnownUntilItExpires) {
  dns_.names["10.77.0.5"] = {"pc-5.corp.example"};
  dns_.hosts["pc-5.corp.example"] = {"10.77.0.5"};
  Make();
  Resolve("10.77.0.5");
  dns_.failures["10.77.0.5"] = Kind::kFailed;
  AdvanceWanting("10.77.0.5", absl::Minutes(9));
  EXPECT_NE(NamesOf("10.77.0.5"), std::nullopt);
  AdvanceWanting("10.77.0.5", absl::Minutes(2));
  EXPECT_EQ(NamesOf("10.77.0.5"), std::nullopt);
  dns_.failures.clear();
  AdvanceWanting("10.77.0.5", absl::Minutes(2));
  EXPECT_NE(NamesOf("10.77.0.5"), std::nullopt);
}

TEST_F(ClientNamesTest, FailuresAreAskedForAgainSoonerThanWhatIsNotThere) {
  dns_.failures["10.77.0.5"] = Kind::kTimeout;
  Make();
  AdvanceWanting("10.77.0.5", absl::Minutes(20));
  EXPECT_EQ(dns_.TakeAsked().size(), 20u);
  Make();
  AdvanceWanting("10.77.0.6", absl::Minutes(20));
  EXPECT_EQ(dns_.TakeAsked().size(), 4u);
}

// ---- How much ----

TEST_F(ClientNamesTest, QuestionsKeepToTheRate) {
  Make({.per_second = 50});
  for (int i = 0; i < 1000; ++i) names_->Want(Ip(absl::StrCat("10.77.", i / 250, ".", i % 250)));
  EXPECT_EQ(dns_.TakeAsked().size(), 5u);
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_LE(dns_.TakeAsked().size(), 500u);
  EXPECT_GE(names_->waiting_questions(), 495u);
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(names_->waiting_questions(), 0u);
}

TEST_F(ClientNamesTest, LookupsThatHaveBegunAreEndedAndHostsGoBeforeAddresses) {
  dns_.names["10.77.0.1"] = {"pc-1.example"};
  dns_.hosts["pc-1.example"] = {"10.77.0.1"};
  Make({.per_second = 1});
  for (int i = 1; i < 4; ++i) names_->Want(Ip(absl::StrCat("10.77.0.", i)));
  loop_.AdvanceBy(absl::Milliseconds(500));
  names_->SetHosts({"a.example"});
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_THAT(dns_.TakeAsked(),
              ElementsAre("10.77.0.1", "pc-1.example", "a.example", "a.example", "10.77.0.2", "10.77.0.3"));
}

TEST_F(ClientNamesTest, WhatWasNeverAnsweredGoesBeforeWhatIsToBeAskedForAgain) {
  dns_.names["10.77.0.1"] = {"pc-1.example"};
  dns_.hosts["pc-1.example"] = {"10.77.0.1"};
  dns_.failures["10.77.0.2"] = Kind::kFailed;
  Make({.per_second = 1});
  names_->Want(Ip("10.77.0.1"));
  names_->Want(Ip("10.77.0.2"));
  loop_.AdvanceBy(absl::Minutes(17));
  dns_.TakeAsked();
  for (const char* address : {"10.77.0.3", "10.77.0.1", "10.77.0.2", "10.77.0.4"}) names_->Want(Ip(address));
  loop_.AdvanceBy(absl::Seconds(2));
  EXPECT_THAT(dns_.TakeAsked(), ElementsAre("10.77.0.3", "10.77.0.2", "10.77.0.4"));
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(dns_.TakeAsked(), ElementsAre("10.77.0.1"));
}

TEST_F(ClientNamesTest, ManyFailuresDoNotKeepNewClientsWaiting) {
  Make({.per_second = 2});
  for (int i = 0; i < 200; ++i) {
    dns_.failures[absl::StrCat("10.77.0.", i)] = Kind::kFailed;
    names_->Want(Ip(absl::StrCat("10.77.0.", i)));
  }
  loop_.AdvanceBy(absl::Minutes(3));
  EXPECT_GT(names_->waiting_questions(), 10u);
  names_->Want(Ip("10.77.1.1"));
  loop_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(dns_.asked, ::testing::Contains("10.77.1.1"));
}

TEST_F(ClientNamesTest, ClientsThatLeftWhileTheyWaitedAreNotAskedFor) {
  Make({.per_second = 0.1});
  for (int i = 0; i < 250; ++i) names_->Want(Ip(absl::StrCat("10.77.0.", i)));
  AdvanceWanting("10.77.0.249", absl::Minutes(11));
  const std::vector<std::string> asked = dns_.TakeAsked();
  EXPECT_EQ(asked.back(), "10.77.0.249");
  EXPECT_LT(asked.size(), 65u);
  EXPECT_EQ(names_->waiting_questions(), 0u);
  loop_.AdvanceBy(absl::Minutes(20));
  EXPECT_EQ(names_->address_count(), 0u);
}

TEST_F(ClientNamesTest, TheAddressWantedLeastRecentlyMakesRoom) {
  for (const char* text : {"1", "2", "3"}) {
    dns_.names[absl::StrCat("10.77.0.", text)] = {absl::StrCat("pc-", text, ".example")};
    dns_.hosts[absl::StrCat("pc-", text, ".example")] = {absl::StrCat("10.77.0.", text)};
  }
  Make({.keep = absl::Minutes(10), .per_second = 1000, .most_addresses = 2});
  Resolve("10.77.0.1");
  Resolve("10.77.0.2");
  AdvanceWanting("10.77.0.1", absl::Minutes(9));
  names_->Want(Ip("10.77.0.2"));
  AdvanceWanting("10.77.0.2", absl::Minutes(11));
  Resolve("10.77.0.3");
  EXPECT_EQ(NamesOf("10.77.0.1"), std::nullopt);
  EXPECT_NE(NamesOf("10.77.0.2"), std::nullopt);
  EXPECT_NE(NamesOf("10.77.0.3"), std::nullopt);
  EXPECT_EQ(names_->address_count(), 2u);
}

TEST_F(ClientNamesTest, MoreAddressesThanThereIsRoomForDoNotPushEachOtherOut) {
  Make({.per_second = 1e6, .most_addresses = 1000});
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1200; ++i) names_->Want(Ip(absl::StrCat("10.77.", i / 250, ".", i % 250)));
    loop_.AdvanceBy(absl::Minutes(1));
  }
  EXPECT_EQ(names_->address_count(), 1000u);
  EXPECT_EQ(names_->rejected(), 600u);
  EXPECT_EQ(dns_.asked.size(), 1000u);
}

TEST_F(ClientNamesTest, ManyChangesAreToldTogether) {
  Make({.per_second = 100});
  for (int i = 0; i < 250; ++i) {
    dns_.names[absl::StrCat("10.77.0.", i)] = {absl::StrCat("pc-", i, ".example")};
    dns_.hosts[absl::StrCat("pc-", i, ".example")] = {absl::StrCat("10.77.0.", i)};
    names_->Want(Ip(absl::StrCat("10.77.0.", i)));
  }
  loop_.AdvanceBy(absl::Seconds(10));
  EXPECT_EQ(names_->names_generation(), 250u);
  EXPECT_GE(changes_, 2);
  EXPECT_LE(changes_, 7);
}

TEST_F(ClientNamesTest, MayEndWhileQuestionsAreOpen) {
  dns_.hosts["a.example"] = {"10.77.0.5"};
  Make().SetHosts({"a.example"});
  names_->Want(Ip("10.77.0.5"));
  names_.reset();
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(changes_, 0);
  EXPECT_EQ(loop_.timer_count(), 0u);
}

TEST(LookupResultName, NamesEach) {
  EXPECT_EQ(LookupResultName(LookupResult::kFound), "found");
  EXPECT_EQ(LookupResultName(LookupResult::kNone), "none");
  EXPECT_EQ(LookupResultName(LookupResult::kUnconfirmed), "unconfirmed");
  EXPECT_EQ(LookupResultName(LookupResult::kTimeout), "timeout");
  EXPECT_EQ(LookupResultName(LookupResult::kFailed), "failed");
}

}  // namespace
}  // namespace idlewarden::agent
