// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/backend_service.h"

#include <chrono>
#include <string>

#include "agent/smb_worker/smb_error.h"
#include "gtest/gtest.h"

namespace idlewarden::smb {
namespace {

namespace v1 = backend::v1;

TEST(TargetOfTest, DefaultsAreFilledIn) {
  v1::Target target;
  target.set_address("10.0.0.5");
  target.mutable_credentials()->set_user("svc");
  const auto out = TargetOf(target);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->port, 445);
  EXPECT_EQ(out->signing, Protection::kDefault);
}

TEST(TargetOfTest, EverythingArrives) {
  v1::Target target;
  target.set_name("fs1");
  target.set_address("fs1.example.com");
  target.set_port(4450);
  target.mutable_credentials()->set_user("CORP\\svc");
  target.mutable_credentials()->set_password_file("/p");
  target.set_signing(v1::Target::PROTECTION_DESIRED);
  target.set_encryption(v1::Target::PROTECTION_REQUIRED);
  target.set_target_hostname("fs1");
  ServerTarget want;
  want.name = "fs1";
  want.address = "fs1.example.com";
  want.port = 4450;
  want.user = "CORP\\svc";
  want.password_file = "/p";
  want.signing = Protection::kDesired;
  want.encryption = Protection::kRequired;
  want.target_hostname = "fs1";
  EXPECT_TRUE(*TargetOf(target) == want);
}

TEST(TargetOfTest, NonsenseIsRefused) {
  v1::Target target;
  EXPECT_EQ(TargetOf(target).status().code(), absl::StatusCode::kInvalidArgument);
  target.set_address("a");
  target.set_port(65536);
  EXPECT_EQ(TargetOf(target).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(TargetOfTest, AnAnonymousLogonIsRefused) {
  v1::Target target;
  target.set_address("10.0.0.5");
  target.mutable_credentials()->set_password("p");
  EXPECT_TRUE(IsCause(TargetOf(target).status(), Cause::kAuthFailed));
  target.mutable_credentials()->set_user("CORP\\");
  EXPECT_TRUE(IsCause(TargetOf(target).status(), Cause::kAuthFailed));
  target.mutable_credentials()->clear_user();
  target.mutable_credentials()->set_kerberos_cache("FILE:/c");  // names its user
  EXPECT_TRUE(TargetOf(target).ok());
}

v1::CloseSessionsRequest CloseRequest(const std::string& client, const std::string& user) {
  v1::CloseSessionsRequest request;
  request.set_client(client);
  request.set_user(user);
  return request;
}

TEST(PairOfTest, LeadingBackslashesAreDropped) {
  EXPECT_EQ(PairOf(CloseRequest("\\\\\\10.0.0.1", "alice"))->first, "10.0.0.1");
  EXPECT_EQ(PairOf(CloseRequest("\\\\10.0.0.1", "alice"))->first, "10.0.0.1");
  EXPECT_EQ(PairOf(CloseRequest("[::1]", "alice"))->first, "[::1]");
}

TEST(PairOfTest, AWildcardMustBeSaid) {
  EXPECT_FALSE(PairOf(CloseRequest("", "alice")).ok());
  EXPECT_FALSE(PairOf(CloseRequest("\\\\", "alice")).ok());
  EXPECT_FALSE(PairOf(CloseRequest("10.0.0.1", "")).ok());
  v1::CloseSessionsRequest request = CloseRequest("10.0.0.1", "");
  request.set_all_users(true);
  EXPECT_TRUE(PairOf(request).ok());
  request.set_all_clients(true);  // and a client is named
  EXPECT_EQ(PairOf(request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PairOfTest, BackslashesAloneAreNoName) {
  for (const char* client : {"\\", "\\\\", "\\\\\\", "\\\\\\\\"}) {
    v1::CloseSessionsRequest request = CloseRequest(client, "alice");
    EXPECT_EQ(PairOf(request).status().code(), absl::StatusCode::kInvalidArgument) << client;
    request.set_all_clients(true);  // a slip, whatever else is said
    EXPECT_EQ(PairOf(request).status().code(), absl::StatusCode::kInvalidArgument) << client;
  }
}

TEST(FillResponseTest, FieldsThatTheLevelLacksAreAbsent) {
  EnumerateAnswer answer;
  answer.result.known = {10, false};
  answer.result.rows.push_back({.client = "\\\\10.0.0.1", .user = "alice", .age_seconds = 9, .idle_seconds = 3});
  answer.own = {"svc", "10.0.0.9"};
  v1::EnumerateSessionsResponse response;
  FillResponse(answer, response);
  ASSERT_EQ(response.sessions_size(), 1);
  EXPECT_EQ(response.sessions(0).idle_seconds(), 3u);
  EXPECT_FALSE(response.sessions(0).has_open_files());
  EXPECT_FALSE(response.sessions(0).has_transport());
  EXPECT_EQ(response.own().user(), "svc");
  EXPECT_EQ(response.level(), 10u);
}

TEST(DetailOfTest, CarriesCauseAndNumbers) {
  const v1::ErrorDetail detail = DetailOf(WindowsError(2312, "x"));
  EXPECT_EQ(detail.cause(), "server-error");
  EXPECT_EQ(detail.windows_error(), 2312u);
  EXPECT_EQ(DetailOf(NtError(0xC000006D, "x")).nt_status(), 0xC000006Du);
}

TEST(OwnDeadlineTest, IsALittleBeforeTheCallers) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const TimePoint now{std::chrono::hours(5)};
  EXPECT_EQ(OwnDeadline(now, now + seconds(10)), now + milliseconds(9900));
  EXPECT_EQ(OwnDeadline(now, now + milliseconds(100)), now + milliseconds(90));
  EXPECT_EQ(OwnDeadline(now, now - seconds(1)), now);
  EXPECT_EQ(OwnDeadline(now, now + std::chrono::hours(9)), now + kLongestTimeout - milliseconds(100));
}

}  // namespace
}  // namespace idlewarden::smb
