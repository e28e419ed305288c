#include "agent/http/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/metrics/metrics.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

// A connection to 127.0.0.1:port; -1 if refused.
int Connect(int port) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return connection;
  close(connection);
  return -1;
}

// The whole answer to a raw request.
std::string Ask(int port, const std::string& request) {
  const int connection = Connect(port);
  if (connection < 0) return "refused";
  send(connection, request.data(), request.size(), MSG_NOSIGNAL);
  std::string answer;
  char buffer[4096];
  ssize_t got;
  while ((got = recv(connection, buffer, sizeof(buffer), 0)) > 0) answer.append(buffer, static_cast<size_t>(got));
  close(connection);
  return answer;
}

std::string Get(int port, const std::string& path, const std::string& method = "GET") {
  return Ask(port, absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
}

std::string Body(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

std::unique_ptr<HttpServer> Start(HttpServerOptions options = {}) {
  options.address = "127.0.0.1:0";
  absl::StatusOr<std::unique_ptr<HttpServer>> server = HttpServer::Start(std::move(options));
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

TEST(HttpServerTest, ServesMetricsAndHealth) {
  std::atomic<bool> ready = false;
  const auto server = Start({.metrics = [] { return "a_metric 1\n"; },
                             .healthz = nullptr,
                             .readyz =
                                 [&] {
                                   return HealthReport{ready, ready ? "ok\n" : "no policy yet\n"};
                                 }});
  EXPECT_GT(server->port(), 0);
  EXPECT_EQ(server->address(), absl::StrCat("127.0.0.1:", server->port()));
  const std::string metrics = Get(server->port(), "/metrics");
  EXPECT_TRUE(absl::StartsWith(metrics, "HTTP/1.1 200 OK\r\n")) << metrics;
  EXPECT_TRUE(absl::StrContains(metrics, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_EQ(Body(metrics), "a_metric 1\n");
  EXPECT_EQ(Body(Get(server->port(), "/healthz")), "ok\n");
  EXPECT_TRUE(absl::StartsWith(Get(server->port(), "/readyz"), "HTTP/1.1 503 "));
  EXPECT_EQ(Body(Get(server->port(), "/readyz")), "no policy yet\n");
  ready = true;
  EXPECT_TRUE(absl::StartsWith(Get(server->port(), "/readyz"), "HTTP/1.1 200 "));
  EXPECT_TRUE(absl::StartsWith(Get(server->port(), "/metrics?x=1"), "HTTP/1.1 200 "));
}

TEST(HttpServerTest, NothingElseIsThere) {
  const auto server = Start();
  for (const char* path : {"/", "/metrics/", "/metricsx", "/metrics/../etc/passwd", "/etc/passwd", "/healthz/x"}) {
    EXPECT_TRUE(absl::StartsWith(Get(server->port(), path), "HTTP/1.1 404 ")) << path << Get(server->port(), path);
  }
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    EXPECT_TRUE(absl::StartsWith(Get(server->port(), "/metrics", method), "HTTP/1.1 405 ")) << method;
  }
}

TEST(HttpServerTest, HeadHasNoBody) {
  const auto server = Start({.metrics = [] { return "a_metric 1\n"; }});
  const std::string answer = Get(server->port(), "/metrics", "HEAD");
  EXPECT_TRUE(absl::StartsWith(answer, "HTTP/1.1 200 OK"));
  EXPECT_TRUE(absl::StrContains(answer, "Content-Length: 11\r\n"));
  EXPECT_EQ(Body(answer), "");
}

TEST(HttpServerTest, APortInUseIsSaidClearly) {
  const auto server = Start();
  const auto second = HttpServer::Start({.address = server->address()});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(second.status().message(), server->address())) << second.status();
  EXPECT_TRUE(absl::StrContains(second.status().message(), "ddress already in use")) << second.status();
}

TEST(HttpServerTest, BadAddressesAreRefused) {
  for (const char* address :
       {"", "9846", "[::1]:9846", "127.0.0.1:http", "127.0.0.1:70000", "127.0.0.1:-1", "example.com:80", "1.2.3:80",
        "1.2.3.4.5:80", "1.2.3.4s:443", "127.0.0.1:443s", "127.0.0.1:80,127.0.0.1:81", "300.0.0.1:80"}) {
    EXPECT_EQ(HttpServer::Start({.address = address}).status().code(), absl::StatusCode::kInvalidArgument) << address;
  }
}

TEST(HttpServerTest, LocalhostAndAllAddresses) {
  const auto local = HttpServer::Start({.address = "localhost:0"});
  ASSERT_TRUE(local.ok()) << local.status();
  EXPECT_TRUE(absl::StartsWith((*local)->address(), "127.0.0.1:"));
  const auto all = HttpServer::Start({.address = ":0"});
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_TRUE(absl::StartsWith((*all)->address(), "0.0.0.0:"));
  EXPECT_EQ(Body(Get((*all)->port(), "/healthz")), "ok\n");
}

TEST(HttpServerTest, RequestsThatNeverEndDoNotBlockOthers) {
  const auto server = Start();
  std::vector<int> half_open;
  for (int i = 0; i < 10; ++i) {
    const int connection = Connect(server->port());
    ASSERT_GE(connection, 0);
    send(connection, "GET /hea", 8, MSG_NOSIGNAL);
    half_open.push_back(connection);
  }
  EXPECT_EQ(Body(Get(server->port(), "/healthz")), "ok\n");
  for (const int connection : half_open) close(connection);
}

TEST(HttpServerTest, GarbageIsSurvived) {
  const auto server = Start();
  for (const std::string& request :
       {std::string("\0\0\0\0\r\n\r\n", 8), std::string("GET\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n"),
        "GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\n\r\n", std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")}) {
    Ask(server->port(), request);
  }
  EXPECT_EQ(Body(Get(server->port(), "/healthz")), "ok\n");
}

TEST(HttpServerTest, ManyScrapesAtOnceAndAnEndInBetween) {
  AgentMetrics metrics("1");
  auto server = Start({.metrics = [&] { return metrics.TextFormat(); }});
  const int port = server->port();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) good += absl::StrContains(Get(port, "/metrics"), "idlewarden_build_info") ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
  server.reset();
  // Refused, unless another process has taken the port.
  EXPECT_FALSE(absl::StrContains(Get(port, "/metrics"), "idlewarden_build_info"));
}

// A live scrape, as Prometheus makes it, passes Prometheus's own lint.
TEST(HttpServerTest, AScrapePassesPromtool) {
  if (system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  AgentMetrics metrics("1.2.3");
  metrics.SetServer("fs01", {.up = true,
                             .last_success = absl::FromUnixSeconds(1'700'000'000),
                             .last_duration = absl::Milliseconds(3),
                             .sessions = 3,
                             .idle_trust = "reported"});
  metrics.PolicyLoaded("abc", {{"kiosks", "enforce"}}, absl::FromUnixSeconds(1'700'000'000));
  metrics.SetMode("enforce");
  metrics.EnumerationDone("fs01", "timeout", absl::Seconds(10));
  const auto server = Start({.metrics = [&] { return metrics.TextFormat(); }});
  const std::string file = testing::TempDir() + "/scrape.txt";
  std::ofstream(file) << Body(Get(server->port(), "/metrics"));
  const std::string report = testing::TempDir() + "/promtool.txt";
  const int status = system(absl::StrCat("promtool check metrics < '", file, "' > '", report, "' 2>&1").c_str());
  std::ifstream in(report);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_EQ(status, 0) << text;
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace idlewarden::agent
