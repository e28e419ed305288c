// Against a real DNS server on loopback.

#include "agent/names/cares_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "agent/clock/real_event_loop.h"
#include "agent/names/client_names.h"
#include "agent/names/testing/dns_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::UnorderedElementsAre;

policy::IpAddress Ip(const std::string& text) { return *policy::IpAddress::Parse(text); }

class CaresClientTest : public ::testing::Test {
 protected:
  void Connect(const std::string& server, absl::Duration timeout = absl::Seconds(5)) {
    auto client = CaresClient::Make(loop_, {.nameservers = {server}, .timeout = timeout});
    ASSERT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
  }
  // Runs the loop until `done` holds; false if that takes a minute.
  bool RunUntil(const std::function<bool()>& done) {
    bool in_time = true;
    const EventLoop::TimerId timer = loop_.RunAt(loop_.SteadyNow() + absl::Minutes(1), [&] {
      in_time = false;
      loop_.Stop();
    });
    std::function<void()> check = [&] {
      if (done()) return loop_.Stop();
      poll_ = loop_.RunAt(loop_.SteadyNow() + absl::Milliseconds(2), check);
    };
    loop_.Post(check);
    loop_.Run();
    loop_.CancelTimer(timer);
    loop_.CancelTimer(poll_);
    return in_time;
  }
  DnsAnswer Reverse(const std::string& address) {
    std::optional<DnsAnswer> answer;
    client_->Reverse(Ip(address), [&](DnsAnswer given) { answer = std::move(given); });
    EXPECT_TRUE(RunUntil([&] { return answer.has_value(); })) << address;
    return answer.value_or(DnsAnswer());
  }
  DnsAnswer Forward(const std::string& name) {
    std::optional<DnsAnswer> answer;
    client_->Forward(name, [&](DnsAnswer given) { answer = std::move(given); });
    EXPECT_TRUE(RunUntil([&] { return answer.has_value(); })) << name;
    return answer.value_or(DnsAnswer());
  }

  RealEventLoop loop_;
  EventLoop::TimerId poll_ = 0;
  std::unique_ptr<CaresClient> client_;
};

TEST_F(CaresClientTest, FindsNamesAndAddressesOfBothFamilies) {
  const DnsServer server({"--host-record=pc-1.corp.example,10.0.0.1,2001:db8::1",
                          "--ptr-record=2.0.0.10.in-addr.arpa,a.example",
                          "--ptr-record=2.0.0.10.in-addr.arpa,b.example",
                          "--cname=alias.corp.example,pc-1.corp.example", "--local-ttl=120"});
  Connect(server.address());
  EXPECT_THAT(Reverse("10.0.0.1").names, ElementsAre("pc-1.corp.example"));
  EXPECT_THAT(Reverse("2001:db8::1").names, ElementsAre("pc-1.corp.example"));
  EXPECT_THAT(Reverse("10.0.0.2").names, UnorderedElementsAre("a.example", "b.example"));
  const DnsAnswer forward = Forward("pc-1.corp.example");
  EXPECT_EQ(forward.kind, DnsAnswer::Kind::kFound);
  EXPECT_THAT(forward.addresses, UnorderedElementsAre(Ip("10.0.0.1"), Ip("2001:db8::1")));
  EXPECT_EQ(forward.ttl, absl::Seconds(120));
  EXPECT_THAT(Forward("alias.corp.example").addresses, UnorderedElementsAre(Ip("10.0.0.1"), Ip("2001:db8::1")));
}

TEST_F(CaresClientTest, NoneIsToldApartFromRefused) {
  const DnsServer server({"--local=/10.in-addr.arpa/"});
  Connect(server.address());
  EXPECT_EQ(Forward("nobody.example").kind, DnsAnswer::Kind::kNone);
  EXPECT_EQ(Reverse("10.0.0.9").kind, DnsAnswer::Kind::kNone);
  EXPECT_EQ(Forward("elsewhere.test").kind, DnsAnswer::Kind::kFailed);  // dnsmasq has nobody to ask: REFUSED
  EXPECT_EQ(Reverse("192.0.2.1").kind, DnsAnswer::Kind::kFailed);
}

TEST_F(CaresClientTest, ASilentServerIsATimeOut) {
  const int silent = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
  getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size);
  Connect(absl::StrCat("127.0.0.1:", ntohs(address.sin_port)), absl::Milliseconds(300));
  EXPECT_EQ(Forward("pc-1.example").kind, DnsAnswer::Kind::kTimeout);
  EXPECT_EQ(Reverse("10.0.0.1").kind, DnsAnswer::Kind::kTimeout);
  client_->Reverse(Ip("10.0.0.1"), [](DnsAnswer) { FAIL() << "answered after its end"; });
  client_.reset();
  close(silent);
}

TEST_F(CaresClientTest, AnAnswerThatIsTooLargeForUdpComesByTcp) {
  std::vector<std::string> options;
  for (int i = 0; i < 200; ++i) options.push_back(absl::StrCat("--host-record=many.example,10.3.0.", i));
  const DnsServer server(options);
  Connect(server.address());
  EXPECT_EQ(Forward("many.example").addresses.size(), 200u);
}

TEST_F(CaresClientTest, ABadNameServerIsAnErrorThatSaysHowToWriteOne) {
  const auto client = CaresClient::Make(loop_, {.nameservers = {"dns.example.com"}});
  ASSERT_FALSE(client.ok());
  EXPECT_THAT(client.status().message(), HasSubstr("127.0.0.1:5353"));
}

TEST_F(CaresClientTest, TwentyThousandClientsAreResolvedWhileTheLoopTurns) {
  const DnsServer server({"--synth-domain=clients.example,10.4.0.0/16,pc-", "--cache-size=0"});
  Connect(server.address());
  ClientNames names(loop_, *client_, {.timeout = absl::Seconds(20), .per_second = 1e6, .in_flight = 64}, [] {});
  constexpr int kClients = 20'000;
  const auto address = [](int i) { return Ip(absl::StrCat("10.4.", i / 250, ".", 1 + i % 250)); };
  loop_.Post([&] {
    for (int i = 0; i < kClients; ++i) names.Want(address(i));
  });
  SteadyTime last = loop_.SteadyNow();
  absl::Duration longest;
  ASSERT_TRUE(RunUntil([&] {
    longest = std::max(longest, loop_.SteadyNow() - last);
    last = loop_.SteadyNow();
    return names.results()[static_cast<size_t>(LookupResult::kFound)] >= kClients;
  }));
  EXPECT_LT(longest, absl::Seconds(5));  // usually a few milliseconds; a busy machine may take its time
  EXPECT_THAT(names.NamesOf(address(4711)), Optional(ElementsAre("pc-10-4-18-212.clients.example")));
  EXPECT_EQ(names.address_count(), static_cast<size_t>(kClients));
}

TEST_F(CaresClientTest, ALyingReverseZoneIsNotBelieved) {
  const DnsServer server(
      {"--ptr-record=5.0.0.10.in-addr.arpa,backup01.corp.example", "--host-record=backup01.corp.example,10.77.0.5"});
  Connect(server.address());
  ClientNames names(loop_, *client_, {}, [] {});
  loop_.Post([&] {
    names.Want(Ip("10.0.0.5"));
    names.Want(Ip("10.77.0.5"));
  });
  ASSERT_TRUE(RunUntil([&] {
    return names.results()[static_cast<size_t>(LookupResult::kUnconfirmed)] == 1 &&
           names.results()[static_cast<size_t>(LookupResult::kFound)] == 1;
  }));
  EXPECT_EQ(names.NamesOf(Ip("10.0.0.5")), std::nullopt);
  EXPECT_THAT(names.NamesOf(Ip("10.77.0.5")), Optional(ElementsAre("backup01.corp.example")));
}

}  // namespace
}  // namespace idlewarden::agent
