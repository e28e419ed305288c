#include "agent/inhibitors/curl_http_client.h"

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "agent/clock/real_event_loop.h"
#include "agent/inhibitors/testing/fake_http_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

using ::testing::ElementsAre;

class CurlHttpClientTest : public ::testing::Test {
 protected:
  CurlHttpClientTest() : thread_([this] { loop_.Run(); }) {}
  ~CurlHttpClientTest() override {
    loop_.Stop();
    thread_.join();
  }

  absl::StatusOr<std::string> Get(const std::string& url, absl::Duration timeout = absl::Minutes(1)) {
    CurlHttpClient client(loop_);
    auto answer = std::make_shared<std::promise<absl::StatusOr<std::string>>>();
    client.Get(url, timeout, [answer](absl::StatusOr<std::string> body) { answer->set_value(std::move(body)); });
    return answer->get_future().get();
  }

  RealEventLoop loop_;
  std::thread thread_;
  FakeHttpServer server_;
};

TEST_F(CurlHttpClientTest, GivesTheBody) {
  server_.Answer(200, "hello");
  const auto body = Get(server_.url() + "/a?b=c");
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(*body, "hello");
  EXPECT_THAT(server_.requests(), ElementsAre("GET /a?b=c HTTP/1.1"));
}

TEST_F(CurlHttpClientTest, AnotherStatusIsAnError) {
  server_.Answer(503, "maintenance");
  EXPECT_EQ(Get(server_.url()).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(CurlHttpClientTest, ARedirectionIsNotFollowed) {
  FakeHttpServer other;
  other.Answer(200, "[]");
  server_.Answer(absl::StrCat("HTTP/1.1 302 X\r\nLocation: ", other.url(), "\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(Get(server_.url()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(CurlHttpClientTest, AServerThatDoesNotAnswerIsGivenUp) {
  EXPECT_EQ(Get(server_.url(), absl::Milliseconds(200)).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(CurlHttpClientTest, AServerThatIsNotThereIsUnavailable) {
  const FakeHttpServer gone(/*listens=*/false);
  EXPECT_EQ(Get(gone.url()).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(CurlHttpClientTest, ABrokenAnswerIsAnError) {
  server_.Answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  EXPECT_FALSE(Get(server_.url()).ok());
}

TEST_F(CurlHttpClientTest, AnAnswerThatIsTooLargeIsAnError) {
  server_.Answer(200, std::string(CurlHttpClient::kMostBytes + 1, 'x'));
  EXPECT_EQ(Get(server_.url()).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(CurlHttpClientTest, OtherProtocolsAreRefused) {
  EXPECT_EQ(Get("file:///etc/hostname").status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(CurlHttpClientTest, EndsInTheMiddleOfARequest) {
  bool answered = false;
  {
    CurlHttpClient client(loop_);
    client.Get(server_.url(), absl::Hours(1), [&](absl::StatusOr<std::string>) { answered = true; });
  }
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace idlewarden::agent
