#include "agent/servers/backend/remote_server.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "agent/servers/backend/remote_queue.h"
#include "agent/servers/backend/static_channel_backend.h"
#include "agent/servers/backend/testing/worker_fake_backend.h"
#include "agent/servers/server_error.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

namespace v1 = idlewarden::backend::v1;

// A connector whose backend comes (or not) when the test says so.
class LateBackend final : public BackendConnector {
 public:
  void WhenReady(absl::Duration timeout, ReadyCallback ready) override { waiting.push_back(std::move(ready)); }
  std::vector<ReadyCallback> waiting;
};

class RemoteServerTest : public testing::Test {
 protected:
  RemoteServerTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&backend_);
    server_ = builder.BuildAndStart();
    connector_ = std::make_unique<StaticChannelBackend>(server_->InProcessChannel({}));
  }

  static SmbSettings At(const std::string& address) {
    SmbSettings settings;
    settings.address = address;
    return settings;
  }
  std::unique_ptr<RemoteServer> Remote(const std::string& address) {
    return std::make_unique<RemoteServer>("fs01", At(address), connector_.get());
  }
  static absl::StatusOr<Enumeration> Enumerate(RemoteServer& remote, absl::Duration timeout = absl::Minutes(1)) {
    auto answer = std::make_shared<std::promise<absl::StatusOr<Enumeration>>>();
    remote.Enumerate({.timeout = timeout},
                     [answer](absl::StatusOr<Enumeration> got) { answer->set_value(std::move(got)); });
    return answer->get_future().get();
  }
  static absl::Status Close(RemoteServer& remote, const std::string& client, const std::string& user) {
    auto answer = std::make_shared<std::promise<absl::Status>>();
    remote.Close({.client = client, .user = user}, [answer](absl::Status got) { answer->set_value(got); });
    return answer->get_future().get();
  }

  FakeBackend backend_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<StaticChannelBackend> connector_;
};

TEST_F(RemoteServerTest, RowsAreTranslated) {
  const auto remote = Remote("10.0.0.5");
  EXPECT_EQ(remote->name(), "fs01");
  const absl::StatusOr<Enumeration> answer = Enumerate(*remote);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->level, 502);
  EXPECT_EQ(answer->close_scope, policy::CloseScope::kPair);
  EXPECT_TRUE(answer->reports_idle);
  ASSERT_EQ(answer->sessions.size(), 3u);
  EXPECT_EQ(answer->sessions[0].client, "\\\\10.0.0.1") << "the server's own spelling";
  EXPECT_EQ(answer->sessions[0].user, "alice");
  EXPECT_EQ(answer->sessions[0].idle_seconds, 30);
  EXPECT_EQ(answer->sessions[0].age_seconds, 60);
  EXPECT_EQ(answer->sessions[0].open_files, 1);
  EXPECT_EQ(answer->sessions[0].guest, false);
  EXPECT_EQ(answer->sessions[0].transport, "") << "reported and empty";
  EXPECT_EQ(answer->sessions[0].client_type, std::nullopt) << "not reported";
  EXPECT_FALSE(answer->sessions[0].own);
  EXPECT_EQ(answer->sessions[1].age_seconds, 0) << "-1 means just begun";
  EXPECT_EQ(answer->sessions[1].guest, true);
  EXPECT_TRUE(answer->sessions[2].own);
}

TEST_F(RemoteServerTest, TargetIsNamedInFull) {
  SmbSettings settings = At("nas1.example.com");
  settings.port = 4450;
  settings.credentials = {.user = "CORP\\svc", .password_file = "/etc/secret"};
  settings.signing = Protection::kDesired;
  settings.encryption = Protection::kRequired;
  settings.target_hostname = "nas1";
  RemoteServer remote("nas1", settings, connector_.get());
  auto done = std::make_shared<std::promise<void>>();
  remote.Enumerate({.client = "\\\\10.0.0.1"}, [done](auto) { done->set_value(); });
  done->get_future().get();
  const v1::EnumerateSessionsRequest request = backend_.enumerations().at(0);
  EXPECT_EQ(request.client(), "10.0.0.1");
  EXPECT_EQ(request.target().name(), "nas1");
  EXPECT_EQ(request.target().address(), "nas1.example.com");
  EXPECT_EQ(request.target().port(), 4450u);
  EXPECT_EQ(request.target().credentials().user(), "CORP\\svc");
  EXPECT_EQ(request.target().credentials().password_file(), "/etc/secret");
  EXPECT_EQ(request.target().signing(), v1::Target::PROTECTION_DESIRED);
  EXPECT_EQ(request.target().encryption(), v1::Target::PROTECTION_REQUIRED);
  EXPECT_EQ(request.target().target_hostname(), "nas1");
}

TEST_F(RemoteServerTest, SambaLikeAndLevelZero) {
  const absl::StatusOr<Enumeration> samba = Enumerate(*Remote("samba"));
  ASSERT_TRUE(samba.ok());
  EXPECT_EQ(samba->close_scope, policy::CloseScope::kClient);
  EXPECT_FALSE(samba->reports_idle);
  const absl::StatusOr<Enumeration> level0 = Enumerate(*Remote("level0"));
  ASSERT_TRUE(level0.ok());
  EXPECT_FALSE(level0->reports_idle);
  EXPECT_EQ(level0->sessions[0].user, "");
  EXPECT_EQ(level0->sessions[0].idle_seconds, std::nullopt);
}

TEST_F(RemoteServerTest, ErrorsCarryTheTrailersDetail) {
  const absl::Status denied = Enumerate(*Remote("denied")).status();
  EXPECT_EQ(denied.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(WindowsErrorOf(denied), 5u);
  EXPECT_EQ(CauseOf(denied), "access-denied");
  EXPECT_EQ(denied.message(), "the fake says access-denied");
  EXPECT_EQ(CauseOf(Close(*Remote("denied"), "ws1", "alice")), "access-denied");
  EXPECT_EQ(CauseOf(Enumerate(*Remote("invented")).status()), "internal") << "causes are labels: a closed set";
}

TEST_F(RemoteServerTest, TheTimeoutIsTheDeadline) {
  const absl::Status status = Enumerate(*Remote("hang"), absl::Milliseconds(50)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(CauseOf(status), "timeout");
}

TEST_F(RemoteServerTest, DestructionCancelsAndAnswersEveryCall) {
  auto remote = Remote("hang");
  std::atomic<int> answers = 0;
  for (int i = 0; i < 3; ++i) {
    remote->Enumerate({.timeout = absl::Hours(1)}, [&](auto answer) {
      EXPECT_FALSE(answer.ok());
      ++answers;
    });
  }
  remote.reset();
  EXPECT_EQ(answers, 3);
}

TEST_F(RemoteServerTest, CloseNamesThePairAsTheServerSpelledIt) {
  EXPECT_TRUE(Close(*Remote("10.0.0.5"), "\\\\10.0.0.1", "Alice").ok());
  const v1::CloseSessionsRequest request = backend_.closes().at(0);
  EXPECT_EQ(request.client(), "\\\\10.0.0.1");
  EXPECT_EQ(request.user(), "Alice");
  EXPECT_FALSE(request.all_clients());
  EXPECT_FALSE(request.all_users());
}

TEST_F(RemoteServerTest, AWildcardHasToBeMeant) {
  const auto remote = Remote("10.0.0.5");
  EXPECT_EQ(Close(*remote, "", "alice").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Close(*remote, "ws1", "").code(), absl::StatusCode::kInvalidArgument);
  absl::Status refused;
  remote->CloseWildcard({.client = "", .user = "alice"}, false, true, [&](absl::Status status) { refused = status; });
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(backend_.closes().empty());
  auto meant = std::make_shared<std::promise<absl::Status>>();
  remote->CloseWildcard({.client = "", .user = "alice"}, true, false,
                        [meant](absl::Status status) { meant->set_value(status); });
  EXPECT_TRUE(meant->get_future().get().ok());
  EXPECT_TRUE(backend_.closes().at(0).all_clients());
}

TEST_F(RemoteServerTest, ABackendThatIsNotThereIsCauseWorker) {
  StaticChannelBackend nobody(
      grpc::CreateChannel("unix:/nonexistent/idlewarden.sock", grpc::InsecureChannelCredentials()));
  RemoteServer remote("fs01", At("10.0.0.5"), &nobody);
  EXPECT_EQ(CauseOf(Enumerate(remote).status()), "worker");
}

TEST_F(RemoteServerTest, CallsWaitForTheBackend) {
  LateBackend late;
  RemoteQueue queue;
  RemoteServer remote("fs01", At("10.0.0.5"), &late);
  auto ok = std::make_shared<std::promise<bool>>();
  remote.Enumerate({}, [ok](auto answer) { ok->set_value(answer.ok()); });
  ASSERT_EQ(late.waiting.size(), 1u);
  late.waiting[0](BackendChannel{server_->InProcessChannel({}), &queue, absl::Minutes(1)});
  EXPECT_TRUE(ok->get_future().get());
}

TEST_F(RemoteServerTest, DestructionAnswersCallsThatWaitForTheBackend) {
  LateBackend late;
  auto remote = std::make_unique<RemoteServer>("fs01", At("10.0.0.5"), &late);
  absl::Status status;
  remote->Enumerate({}, [&](auto answer) { status = answer.status(); });
  remote.reset();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  late.waiting[0](absl::UnavailableError("late"));  // must not touch what is gone
}

}  // namespace
}  // namespace idlewarden::agent
