// ClientNames, c-ares and a real name server together, on real time: each test waits for what it expects.

#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/clock/real_event_loop.h"
#include "agent/names/cares_client.h"
#include "agent/names/client_names.h"
#include "agent/names/testing/dns_server.h"
#include "agent/names/testing/scripted_dns_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using policy::HostAddresses;
using policy::IpAddress;
using ::testing::ElementsAre;
using ::testing::Optional;

constexpr absl::Duration kPatience = absl::Minutes(5);

IpAddress Ip(absl::string_view text) { return IpAddress::Parse(text).value(); }

// The loop runs on the test's own thread, while it waits.
class ResolutionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!DnsServer::IsInstalled()) GTEST_SKIP() << "dnsmasq is not installed (tools/install-packages --dev)";
  }
  void StartServer(const std::vector<std::string>& hosts, const std::vector<std::string>& options = {}) {
    std::string error;
    server_ = DnsServer::Start(hosts, options, error);
    ASSERT_NE(server_, nullptr) << error;
  }
  void Connect(const std::string& nameserver, const NameOptions& options, absl::Duration timeout = absl::Minutes(1)) {
    auto made = CaresClient::Make(loop_, {.nameservers = {nameserver}, .timeout = timeout});
    ASSERT_TRUE(made.ok()) << made.status();
    client_ = *std::move(made);
    names_ = std::make_unique<ClientNames>(loop_, *client_, options, [] {});
  }

  // Runs the loop until `condition` holds; false if it never does. `step` runs every few milliseconds meanwhile.
  bool RunUntil(
      const std::function<bool()>& condition, const std::function<void()>& step = [] {}) {
    const SteadyTime deadline = loop_.SteadyNow() + kPatience;
    bool holds = false;
    std::function<void()> tick = [&] {
      step();
      holds = condition();
      if (holds || loop_.SteadyNow() >= deadline) return loop_.Stop();
      loop_.RunAt(loop_.SteadyNow() + absl::Milliseconds(2), tick);
    };
    loop_.Post(tick);
    loop_.Run();
    return holds;
  }
  uint64_t Count(LookupKind kind, LookupResult result) const {
    return names_->results(kind)[static_cast<size_t>(result)];
  }

  RealEventLoop loop_;
  std::unique_ptr<DnsServer> server_;
  std::unique_ptr<CaresClient> client_;
  std::unique_ptr<ClientNames> names_;
};

TEST_F(ResolutionTest, HostsAndNamesOfARealServer) {
  StartServer(
      {"10.77.0.5 backup01.corp.example", "2001:db8::5 backup01.corp.example", "10.77.0.7 pc-7.corp.example"},
      {"--ptr-record=9.0.77.10.in-addr.arpa,backup01.corp.example",  // lies
       "--ptr-record=7.0.77.10.in-addr.arpa,backup01.corp.example",
       "--ptr-record=7.0.77.10.in-addr.arpa,pc-7.corp.example", "--cname=nas.corp.example,backup01.corp.example"});
  Connect(server_->address(), {.per_second = 1000});
  names_->SetHosts({"backup01.corp.example", "nas.corp.example", "nobody.corp.example"});
  for (const char* address : {"10.77.0.5", "2001:db8::5", "10.77.0.7", "10.77.0.9", "10.77.0.10", "10.0.0.1"}) {
    names_->Want(Ip(address));
  }
  ASSERT_TRUE(RunUntil([this] {
    return Count(LookupKind::kHost, LookupResult::kFound) == 2 && Count(LookupKind::kHost, LookupResult::kNone) == 1 &&
           Count(LookupKind::kAddress, LookupResult::kFound) == 3 &&
           Count(LookupKind::kAddress, LookupResult::kUnconfirmed) == 1 &&
           Count(LookupKind::kAddress, LookupResult::kNone) == 2;
  }));
  const std::vector<IpAddress> backup = {Ip("10.77.0.5"), Ip("2001:db8::5")};
  EXPECT_EQ(names_->hosts(), (HostAddresses{{"backup01.corp.example", backup}, {"nas.corp.example", backup}}));
  EXPECT_THAT(names_->NamesOf(Ip("10.77.0.5")), Optional(ElementsAre("backup01.corp.example")));
  EXPECT_THAT(names_->NamesOf(Ip("2001:db8::5")), Optional(ElementsAre("backup01.corp.example")));
  EXPECT_THAT(names_->NamesOf(Ip("10.77.0.7")), Optional(ElementsAre("pc-7.corp.example")));
  EXPECT_EQ(names_->NamesOf(Ip("10.77.0.9")), std::nullopt);
  EXPECT_EQ(names_->NamesOf(Ip("10.77.0.10")), std::nullopt);
}

TEST_F(ResolutionTest, ANameThatMovesIsKnownAtItsNewAddress) {
  StartServer({"10.77.0.5 backup01.corp.example"});
  Connect(server_->address(), {.keep = absl::Seconds(1), .per_second = 1000});
  names_->SetHosts({"backup01.corp.example"});
  const auto is_at = [this](absl::string_view address) {
    return names_->hosts() == HostAddresses{{"backup01.corp.example", {Ip(address)}}};
  };
  const auto want = [this] {
    names_->Want(Ip("10.77.0.5"));
    names_->Want(Ip("10.77.0.6"));
  };
  ASSERT_TRUE(RunUntil([&] { return is_at("10.77.0.5") && names_->NamesOf(Ip("10.77.0.5")).has_value(); }, want));
  server_->SetHosts({"10.77.0.6 backup01.corp.example"});
  ASSERT_TRUE(RunUntil([&] { return is_at("10.77.0.6") && names_->NamesOf(Ip("10.77.0.6")).has_value(); }, want));
  EXPECT_TRUE(RunUntil([&] { return !names_->NamesOf(Ip("10.77.0.5")).has_value(); }, want));
}

TEST_F(ResolutionTest, ASilentServerHoldsUpNobody) {
  const ScriptedDnsServer silent([](const DnsQuestion&) { return std::nullopt; });
  Connect(silent.address(), {.per_second = 1000, .in_flight = 8}, absl::Milliseconds(200));
  for (int i = 0; i < 24; ++i) names_->Want(Ip(absl::StrCat("10.77.0.", i)));
  // The loop goes round many times while a question waits for its timeout.
  int rounds = 0;
  ASSERT_TRUE(
      RunUntil([this] { return Count(LookupKind::kAddress, LookupResult::kTimeout) == 24; }, [&] { ++rounds; }));
  EXPECT_GT(rounds, 30);
  EXPECT_EQ(names_->NamesOf(Ip("10.77.0.1")), std::nullopt);
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool kMemoryIsOurs = false;  // the sanitizer keeps what was freed
#else
constexpr bool kMemoryIsOurs = true;
#endif

// In kilobytes, of this process.
int64_t ResidentMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stoll(line.substr(6));
  }
  return 0;
}

TEST_F(ResolutionTest, TwentyThousandClients) {
  constexpr int kClients = 20'000;
  const auto address = [](int i) { return absl::StrCat("10.", 100 + i / 62500, ".", i / 250 % 250, ".", i % 250); };
  std::vector<std::string> hosts;
  for (int i = 0; i < kClients; ++i) hosts.push_back(absl::StrCat(address(i), " pc-", i, ".corp.example"));
  StartServer(hosts);
  Connect(server_->address(), {.keep = absl::Hours(1), .per_second = 1e6, .in_flight = 128});
  const int64_t memory = ResidentMemory();
  const SteadyTime begin = loop_.SteadyNow();
  for (int i = 0; i < kClients; ++i) names_->Want(Ip(address(i)));
  const absl::Duration wanting = loop_.SteadyNow() - begin;
  SteadyTime last = loop_.SteadyNow();
  absl::Duration longest;
  EXPECT_TRUE(RunUntil([&] { return Count(LookupKind::kAddress, LookupResult::kFound) == kClients; },
                       [&] {
                         longest = std::max(longest, loop_.SteadyNow() - last);
                         last = loop_.SteadyNow();
                       }));
  std::printf("%d clients: wanted in %s, known after %s, longest round of the loop %s, %lld kB\n", kClients,
              absl::FormatDuration(wanting).c_str(), absl::FormatDuration(loop_.SteadyNow() - begin).c_str(),
              absl::FormatDuration(longest).c_str(), static_cast<long long>(ResidentMemory() - memory));
  for (int i = 0; i < kClients; ++i) {
    ASSERT_THAT(names_->NamesOf(Ip(address(i))), Optional(ElementsAre(absl::StrCat("pc-", i, ".corp.example")))) << i;
  }
  if (kMemoryIsOurs) EXPECT_LT(ResidentMemory() - memory, 100'000);
  EXPECT_LT(longest, absl::Seconds(5)) << "the loop was blocked";
}

}  // namespace
}  // namespace idlewarden::agent
