#include "agent/servers/server_error.h"

#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

TEST(ServerErrorTest, CarriesNumberAndCause) {
  const absl::Status status = ServerError(absl::StatusCode::kPermissionDenied, "access-denied", 5, "refused by fs01");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(status.message(), "refused by fs01");
  EXPECT_EQ(WindowsErrorOf(status), kErrorAccessDenied);
  EXPECT_EQ(CauseOf(status), "access-denied");
}

TEST(ServerErrorTest, CopiesKeepThePayload) {
  const absl::Status status = ServerError(absl::StatusCode::kDeadlineExceeded, "timeout", 0, "");
  const absl::Status copy = status;
  EXPECT_EQ(CauseOf(copy), "timeout");
  EXPECT_EQ(WindowsErrorOf(copy), 0u);
}

TEST(ServerErrorTest, StatusesWithoutAPayload) {
  EXPECT_EQ(CauseOf(absl::OkStatus()), "ok");
  EXPECT_EQ(CauseOf(absl::UnknownError("x")), "internal");
  EXPECT_EQ(WindowsErrorOf(absl::UnknownError("x")), 0u);
}

TEST(ServerErrorTest, AnOkStatusStaysOk) {
  EXPECT_TRUE(ServerError(absl::StatusCode::kOk, "access-denied", 5, "").ok());
}

TEST(WindowsErrorNameTest, KnownAndUnknown) {
  EXPECT_EQ(WindowsErrorName(0), "NERR_Success");
  EXPECT_EQ(WindowsErrorName(5), "ERROR_ACCESS_DENIED");
  EXPECT_EQ(WindowsErrorName(124), "ERROR_INVALID_LEVEL");
  EXPECT_EQ(WindowsErrorName(2221), "NERR_UserNotFound");
  EXPECT_EQ(WindowsErrorName(2312), "NERR_ClientNameNotFound");
  EXPECT_EQ(WindowsErrorName(99999), "ERROR_99999");
}

}  // namespace
}  // namespace idlewarden::agent
