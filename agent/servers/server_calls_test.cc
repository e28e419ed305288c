#include "agent/servers/server_calls.h"

#include <memory>
#include <thread>

#include "agent/clock/simulated_event_loop.h"
#include "agent/servers/server_error.h"
#include "agent/servers/simulated/fault_script.h"
#include "agent/servers/simulated/simulated_server.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

class ServerCallsTest : public ::testing::Test {
 protected:
  void Enumerate() {
    calls_->Enumerate(server_, {.timeout = absl::Seconds(10)}, [this](absl::StatusOr<Enumeration> answer) {
      ++answers_;
      status_ = answer.status();
    });
  }

  SimulatedEventLoop loop_;
  SimulatedServer server_{{.name = "fs01"}, &loop_};
  std::unique_ptr<ServerCalls> calls_ = std::make_unique<ServerCalls>(loop_);
  int answers_ = 0;
  absl::Status status_ = absl::UnknownError("not answered");
};

TEST_F(ServerCallsTest, AnAnswerWithinTheCallArrivesOnTheLoop) {
  Enumerate();
  EXPECT_EQ(answers_, 0);
  loop_.RunUntilIdle();
  EXPECT_EQ(answers_, 1);
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(loop_.timer_count(), 0u);  // its deadline is gone
}

TEST_F(ServerCallsTest, NoAnswerIsATimeoutAndALateOneIsDropped) {
  server_.faults().Add({.call = FaultCall::kEnumerate, .kind = FaultKind::kHang, .count = 1});
  Enumerate();
  loop_.AdvanceBy(absl::Seconds(11) - absl::Nanoseconds(1));
  EXPECT_EQ(answers_, 0);
  loop_.AdvanceBy(absl::Nanoseconds(1));
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(CauseOf(status_), "timeout");
  EXPECT_EQ(status_.code(), absl::StatusCode::kDeadlineExceeded);
  server_.faults().ReleaseHung();
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(answers_, 1);
}

TEST_F(ServerCallsTest, NothingIsAnsweredAfterItsEnd) {
  Enumerate();
  calls_.reset();
  loop_.AdvanceBy(absl::Minutes(1));
  EXPECT_EQ(answers_, 0);
}

TEST_F(ServerCallsTest, ACloseIsAnsweredLikewise) {
  absl::Status closed = absl::OkStatus();
  calls_->Close(server_, {.client = "10.0.0.1", .user = "nobody-there"}, [&](absl::Status status) { closed = status; });
  loop_.RunUntilIdle();
  EXPECT_EQ(WindowsErrorOf(closed), kNerrClientNameNotFound);
}

// A backend may answer on a thread of its own.
class ThreadedServer : public SessionServer {
 public:
  ~ThreadedServer() override {
    if (thread_.joinable()) thread_.join();
  }
  const std::string& name() const override { return name_; }
  void Enumerate(const EnumerateRequest&, EnumerateCallback done) override {
    thread_ = std::thread([done = std::move(done)] { done(Enumeration()); });
  }
  void Close(const CloseRequest&, CloseCallback done) override { done(absl::OkStatus()); }
  void Join() { thread_.join(); }

 private:
  std::string name_ = "threaded";
  std::thread thread_;
};

TEST(ServerCallsThreadTest, AnAnswerFromAnotherThreadArrivesOnTheLoop) {
  SimulatedEventLoop loop;
  ThreadedServer server;
  ServerCalls calls(loop);
  std::thread::id answered_on;
  calls.Enumerate(server, {}, [&](absl::StatusOr<Enumeration>) { answered_on = std::this_thread::get_id(); });
  server.Join();
  loop.RunUntilIdle();
  EXPECT_EQ(answered_on, std::this_thread::get_id());
}

}  // namespace
}  // namespace idlewarden::agent
