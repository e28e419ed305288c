#include "agent/names/cares_client.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/clock/real_event_loop.h"
#include "agent/log/log.h"
#include "agent/names/testing/dns_message.h"
#include "agent/names/testing/dns_server.h"
#include "agent/names/testing/scripted_dns_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using policy::IpAddress;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using Kind = DnsAnswer::Kind;

IpAddress Ip(absl::string_view text) { return IpAddress::Parse(text).value(); }

std::optional<std::string> ServerFailure(const DnsQuestion& question) { return EncodeAnswer(question, 2, {}); }
std::optional<std::string> Refusal(const DnsQuestion& question) { return EncodeAnswer(question, 5, {}); }
std::optional<std::string> Silence(const DnsQuestion&) { return std::nullopt; }
std::optional<std::string> Garbage(const DnsQuestion& question) {
  // A good header and question, and a record that points beyond the end.
  return EncodeAnswer(question, 0, {"\xc3\xff\x01\x02"});
}
std::optional<std::string> OneAddress(const DnsQuestion& question) {
  return EncodeAnswer(question, 0, {EncodeRecord(EncodeName(question.name), 1, 60, "\x0a\x4d\x01\x05")});
}

// The event loop runs on a thread of its own; the test waits for answers.
class CaresClientTest : public ::testing::Test {
 protected:
  CaresClientTest() : thread_([this] { loop_.Run(); }) {}
  ~CaresClientTest() override {
    OnLoop([this] { client_.reset(); });
    loop_.Stop();
    thread_.join();
  }

  void OnLoop(std::function<void()> task) {
    std::promise<void> done;
    loop_.Post([&] {
      task();
      done.set_value();
    });
    done.get_future().get();
  }

  void Connect(const std::vector<std::string>& nameservers, absl::Duration timeout = absl::Minutes(1)) {
    Connect({.nameservers = nameservers, .timeout = timeout});
  }
  void Connect(const CaresClient::Options& options) {
    OnLoop([&] {
      absl::StatusOr<std::unique_ptr<CaresClient>> made = CaresClient::Make(loop_, options);
      ASSERT_TRUE(made.ok()) << made.status();
      client_ = *std::move(made);
    });
  }
  std::future<DnsAnswer> Begin(DnsType type, const std::string& name) {
    auto answer = std::make_shared<std::promise<DnsAnswer>>();
    loop_.Post([this, type, name, answer] {
      client_->Ask({type, name}, [answer](DnsAnswer given) { answer->set_value(std::move(given)); });
    });
    return answer->get_future();
  }
  DnsAnswer Ask(DnsType type, const std::string& name) { return Begin(type, name).get(); }

  RealEventLoop loop_;
  std::thread thread_;
  std::unique_ptr<CaresClient> client_;
};

// ---- A real name server ----

class RealServerTest : public CaresClientTest {
 protected:
  void SetUp() override {
    if (!DnsServer::IsInstalled()) GTEST_SKIP() << "dnsmasq is not installed (tools/install-packages --dev)";
  }
  void StartServer(const std::vector<std::string>& hosts, const std::vector<std::string>& options = {}) {
    std::string error;
    server_ = DnsServer::Start(hosts, options, error);
    ASSERT_NE(server_, nullptr) << error;
    Connect({server_->address()});
  }

  std::unique_ptr<DnsServer> server_;
};

TEST_F(RealServerTest, AddressesAndNames) {
  StartServer({"10.77.0.5 pc-5.corp.example", "10.77.0.6 pc-5.corp.example", "2001:db8::5 pc-5.corp.example"});
  const DnsAnswer v4 = Ask(DnsType::kA, "pc-5.corp.example");
  EXPECT_EQ(v4.kind, Kind::kFound);
  EXPECT_THAT(v4.addresses, UnorderedElementsAre(Ip("10.77.0.5"), Ip("10.77.0.6")));
  EXPECT_EQ(v4.ttl, absl::Hours(1));
  EXPECT_THAT(Ask(DnsType::kAaaa, "pc-5.corp.example").addresses, ElementsAre(Ip("2001:db8::5")));
  EXPECT_THAT(Ask(DnsType::kPtr, "5.0.77.10.in-addr.arpa").names, ElementsAre("pc-5.corp.example"));
  EXPECT_THAT(Ask(DnsType::kPtr, "5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa").names,
              ElementsAre("pc-5.corp.example"));
}

TEST_F(RealServerTest, SeveralNamesOfOneAddress) {
  StartServer(
      {}, {"--ptr-record=9.0.77.10.in-addr.arpa,a.corp.example", "--ptr-record=9.0.77.10.in-addr.arpa,b.corp.example"});
  EXPECT_THAT(Ask(DnsType::kPtr, "9.0.77.10.in-addr.arpa").names,
              UnorderedElementsAre("a.corp.example", "b.corp.example"));
}

TEST_F(RealServerTest, WhatIsNotThereIsNone) {
  StartServer({"10.77.0.5 pc-5.corp.example"});
  EXPECT_EQ(Ask(DnsType::kA, "nobody.corp.example").kind, Kind::kNone);   // NXDOMAIN
  EXPECT_EQ(Ask(DnsType::kAaaa, "pc-5.corp.example").kind, Kind::kNone);  // no such record
  EXPECT_EQ(Ask(DnsType::kPtr, "7.0.77.10.in-addr.arpa").kind, Kind::kNone);
}

TEST_F(RealServerTest, WhatTheServerRefusesIsAFailure) {
  StartServer({});
  EXPECT_EQ(Ask(DnsType::kA, "pc-5.elsewhere.example").kind, Kind::kFailed);
}

TEST_F(RealServerTest, AliasesAreFollowed) {
  StartServer({"10.77.0.5 pc-5.corp.example"}, {"--cname=www.corp.example,pc-5.corp.example"});
  EXPECT_THAT(Ask(DnsType::kA, "www.corp.example").addresses, ElementsAre(Ip("10.77.0.5")));
}

TEST_F(RealServerTest, AnAnswerTooLargeForUdpComesOverTcp) {
  std::vector<std::string> hosts;
  for (int i = 1; i <= 200; ++i) hosts.push_back(absl::StrCat("10.77.0.", i, " many.corp.example"));
  StartServer(hosts);
  EXPECT_EQ(Ask(DnsType::kA, "many.corp.example").addresses.size(), 200u);
}

TEST_F(RealServerTest, AChangeOfTheServersRecordsIsSeen) {
  StartServer({"10.77.0.5 pc-5.corp.example"});
  EXPECT_THAT(Ask(DnsType::kA, "pc-5.corp.example").addresses, ElementsAre(Ip("10.77.0.5")));
  server_->SetHosts({"10.77.0.6 pc-5.corp.example"});
  EXPECT_THAT(Ask(DnsType::kA, "pc-5.corp.example").addresses, ElementsAre(Ip("10.77.0.6")));
}

TEST_F(RealServerTest, ANameThatCannotBeAskedForIsAFailure) {
  StartServer({});
  EXPECT_EQ(Ask(DnsType::kA, std::string(64, 'a') + ".corp.example").kind, Kind::kFailed);
}

TEST_F(RealServerTest, Ipv6Nameservers) {
  std::string error;
  server_ = DnsServer::Start({"10.77.0.5 pc-5.corp.example"}, {"--listen-address=::1"}, error);
  if (server_ == nullptr && absl::StrContains(error, "::1")) GTEST_SKIP() << "no IPv6 on this machine: " << error;
  ASSERT_NE(server_, nullptr) << error;
  Connect({absl::StrCat("[::1]:", server_->port())});
  EXPECT_THAT(Ask(DnsType::kA, "pc-5.corp.example").addresses, ElementsAre(Ip("10.77.0.5")));
}

// ---- A server that does what the test says ----

TEST_F(CaresClientTest, LettersBeyondAsciiReachTheServerAsTheyAre) {
  const ScriptedDnsServer server(OneAddress);
  Connect({server.address()});
  EXPECT_THAT(Ask(DnsType::kA, "büro.corp.example").addresses, ElementsAre(Ip("10.77.1.5")));
  EXPECT_THAT(server.questions(), ElementsAre(DnsQuestion{DnsType::kA, "büro.corp.example"}));
}

TEST_F(CaresClientTest, AServerThatFailsOrRefusesIsAFailure) {
  for (const auto script : {ServerFailure, Refusal}) {
    const ScriptedDnsServer server(script);
    Connect({server.address()});
    EXPECT_EQ(Ask(DnsType::kA, "a.example").kind, Kind::kFailed);
    OnLoop([this] { client_.reset(); });
  }
}

TEST_F(CaresClientTest, AMalformedAnswerIsAFailure) {
  const ScriptedDnsServer server(Garbage);
  Connect({server.address()});
  EXPECT_EQ(Ask(DnsType::kA, "a.example").kind, Kind::kFailed);
}

TEST_F(CaresClientTest, ASilentServerIsATimeoutInTime) {
  const ScriptedDnsServer first(Silence);
  const ScriptedDnsServer second(Silence);
  const ScriptedDnsServer third(Silence);
  constexpr absl::Duration kTimeout = absl::Seconds(1);
  Connect({first.address(), second.address(), third.address()}, kTimeout);
  const SteadyTime begin = loop_.SteadyNow();
  EXPECT_EQ(Ask(DnsType::kA, "a.example").kind, Kind::kTimeout);
  EXPECT_GE(loop_.SteadyNow() - begin, kTimeout);
  // By its own count c-ares would take three times as long; a busy machine may take its time.
  EXPECT_LT(loop_.SteadyNow() - begin, 3 * kTimeout);
}

TEST_F(CaresClientTest, TheNextServerAnswersForASilentOne) {
  const ScriptedDnsServer silent(Silence);
  const ScriptedDnsServer failing(ServerFailure);
  const ScriptedDnsServer good(OneAddress);
  Connect({silent.address(), failing.address(), good.address()}, absl::Seconds(3));
  EXPECT_THAT(Ask(DnsType::kA, "a.example").addresses, ElementsAre(Ip("10.77.1.5")));
}

TEST_F(CaresClientTest, ASlowAnswerIsAnAnswer) {
  ScriptedDnsServer server(OneAddress);
  server.Hold();
  Connect({server.address()}, absl::Seconds(30));
  std::future<DnsAnswer> answer = Begin(DnsType::kA, "a.example");
  // The loop is free meanwhile: its timer fires.
  std::promise<void> waited;
  OnLoop([&] { loop_.RunAt(loop_.SteadyNow() + absl::Milliseconds(200), [&] { waited.set_value(); }); });
  waited.get_future().get();
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  server.Release();
  EXPECT_EQ(answer.get().kind, Kind::kFound);
}

TEST_F(CaresClientTest, AnAnswerAfterTheTimeoutIsDropped) {
  ScriptedDnsServer server(OneAddress);
  server.Hold();
  Connect({server.address()}, absl::Milliseconds(100));
  EXPECT_EQ(Ask(DnsType::kA, "late.example").kind, Kind::kTimeout);
  server.Release();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Ask(DnsType::kA, absl::StrCat("n", i, ".example")).kind, Kind::kFound);
}

TEST_F(CaresClientTest, MayEndWhileQuestionsAreOpen) {
  const ScriptedDnsServer server(Silence);
  Connect({server.address()});
  std::vector<std::future<DnsAnswer>> answers;
  for (int i = 0; i < 100; ++i) answers.push_back(Begin(DnsType::kA, absl::StrCat("n", i, ".example")));
  OnLoop([this] { client_.reset(); });
  for (std::future<DnsAnswer>& answer : answers) EXPECT_THROW(answer.get(), std::future_error);
}

// ---- What it is told ----

TEST_F(CaresClientTest, ANameserverThatIsNoneIsAnError) {
  const auto made = CaresClient::Make(loop_, {.nameservers = {"10.0.0.53", "nonsense"}});
  EXPECT_EQ(made.status().code(), absl::StatusCode::kInvalidArgument);
}

class ResolvConfTest : public CaresClientTest {
 protected:
  ResolvConfTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "resolv-conf-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) abort();
    folder_ = folder;
  }
  ~ResolvConfTest() override { std::filesystem::remove_all(folder_); }

  // As programs replace it.
  void Write(absl::string_view text) {
    std::ofstream(folder_ + "/new") << text;
    std::filesystem::rename(folder_ + "/new", path());
  }
  std::string path() const { return folder_ + "/resolv.conf"; }
  std::vector<std::string> SearchDomains() {
    std::vector<std::string> domains;
    OnLoop([&] { domains = client_->SearchDomains(); });
    return domains;
  }

  std::string folder_;
};

TEST_F(ResolvConfTest, GivesNameserversAndSearchDomains) {
  const ScriptedDnsServer server(OneAddress);
  Write("nameserver 127.0.0.1\nsearch corp.example example\n");
  std::string line;
  {
    const ScopedLogSink sink([&](const LogRecord& record) { line = record.text; });
    Connect({.resolv_conf = path(), .port = server.port()});
  }
  EXPECT_EQ(line, "level=info event=nameservers-read nameservers=127.0.0.1 search=corp.example,example");
  EXPECT_THAT(SearchDomains(), ElementsAre("corp.example", "example"));
  EXPECT_EQ(Ask(DnsType::kA, "a.example").kind, Kind::kFound);
}

TEST_F(ResolvConfTest, GivesTheSearchDomainsAlsoForNameserversOfTheSettings) {
  const ScriptedDnsServer server(OneAddress);
  Write("nameserver 127.0.0.9\nsearch corp.example\n");
  Connect({.nameservers = {server.address()}, .resolv_conf = path()});
  EXPECT_THAT(SearchDomains(), ElementsAre("corp.example"));
  EXPECT_EQ(Ask(DnsType::kA, "a.example").kind, Kind::kFound);
}

TEST_F(ResolvConfTest, IsReadAgainWhenItChanges) {
  const ScriptedDnsServer server(OneAddress);
  // As before the network is there: c-ares then tries this machine, on which nobody answers that port.
  Connect({.timeout = absl::Milliseconds(200), .resolv_conf = path(), .port = server.port()});
  Write("nameserver 127.0.0.1\nsearch corp.example\n");
  const SteadyTime deadline = loop_.SteadyNow() + absl::Minutes(5);
  while (SearchDomains().empty() && loop_.SteadyNow() < deadline) Ask(DnsType::kA, "a.example");
  EXPECT_THAT(SearchDomains(), ElementsAre("corp.example"));
  EXPECT_EQ(Ask(DnsType::kA, "a.example").kind, Kind::kFound);
  std::filesystem::remove(path());
  EXPECT_EQ(Ask(DnsType::kA, "a.example").kind, Kind::kFound);
}

}  // namespace
}  // namespace idlewarden::agent
