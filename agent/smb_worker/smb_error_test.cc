// SPDX-License-Identifier: GPL-3.0-or-later

#include "agent/smb_worker/smb_error.h"

#include <cerrno>

#include "gtest/gtest.h"

namespace idlewarden::smb {
namespace {

TEST(SmbErrorTest, InfoMakesTheRoundTrip) {
  const ErrorInfo info = InfoOf(SmbError({Cause::kNameResolution, 53, 0xC0000034}, "x"));
  EXPECT_EQ(info.cause, Cause::kNameResolution);
  EXPECT_EQ(info.windows_error, 53u);
  EXPECT_EQ(info.nt_status, 0xC0000034u);
}

TEST(SmbErrorTest, AForeignStatusIsInternal) {
  EXPECT_EQ(InfoOf(absl::UnknownError("x")).cause, Cause::kInternal);
  EXPECT_FALSE(IsCause(absl::OkStatus(), Cause::kInternal));
}

TEST(SmbErrorTest, NtStatusesHaveTheirCause) {
  EXPECT_EQ(InfoOf(NtError(0xC000006D, "x")).cause, Cause::kAuthFailed);
  EXPECT_EQ(NtError(0xC000006D, "x").code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(InfoOf(NtError(0xC000020C, "x")).cause, Cause::kDisconnected);
  EXPECT_EQ(InfoOf(NtError(0xC0000017, "x")).cause, Cause::kUnreachable);
  EXPECT_EQ(InfoOf(NtError(0xC00000B5, "x")).cause, Cause::kTimeout);
  EXPECT_EQ(InfoOf(NtError(0xC0DEC0DE, "x")).cause, Cause::kProtocol);
  EXPECT_EQ(NtError(0xC0000022, "enumerating").message(), "enumerating: NT_STATUS_ACCESS_DENIED (0xC0000022)");
}

TEST(SmbErrorTest, WindowsNumbersHaveTheirCause) {
  EXPECT_EQ(InfoOf(WindowsError(5, "x")).cause, Cause::kAccessDenied);
  EXPECT_EQ(WindowsError(5, "x").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(InfoOf(WindowsError(2312, "x")).cause, Cause::kServerError);
  EXPECT_EQ(WindowsError(2312, "x").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(WindowsError(2312, "closing").message(), "closing: NERR_ClientNameNotFound (2312)");
  EXPECT_EQ(InfoOf(WindowsError(1130, "x")).windows_error, 1130u);
}

TEST(SmbErrorTest, ConnectErrorsAreToldApart) {
  EXPECT_EQ(InfoOf(ConnectError(ECONNREFUSED, "a")).cause, Cause::kRefused);
  EXPECT_EQ(InfoOf(ConnectError(EHOSTUNREACH, "a")).cause, Cause::kUnreachable);
  EXPECT_EQ(InfoOf(ConnectError(ETIMEDOUT, "a")).cause, Cause::kTimeout);
}

TEST(SmbErrorTest, CausesAreThoseOfTheProto) {
  EXPECT_EQ(CauseName(Cause::kAccessDenied), "access-denied");
  EXPECT_EQ(CauseName(Cause::kServerError), "server-error");
  EXPECT_EQ(CauseName(Cause::kNameResolution), "name-resolution");
}

}  // namespace
}  // namespace idlewarden::smb
