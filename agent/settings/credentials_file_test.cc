#include "agent/settings/credentials_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

std::string Write(const std::string& text, mode_t mode = 0600) {
  std::string path = testing::TempDir() + "/credentials.XXXXXX";
  mkdtemp(path.data());
  path += "/file";
  std::ofstream(path) << text;
  chmod(path.c_str(), mode);
  return path;
}

TEST(CredentialsFileTest, UserAndPassword) {
  const auto credentials = ReadCredentialsFile(Write("user: CORP\\alice\npassword: \"p: #x\"\n"));
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(credentials->user, "CORP\\alice");
  EXPECT_EQ(credentials->password, "p: #x");
}

TEST(CredentialsFileTest, PasswordsThatLookLikeNumbersStayText) {
  EXPECT_EQ(ReadCredentialsFile(Write("user: a\npassword: 007\n"))->password, "007");
  EXPECT_EQ(ReadCredentialsFile(Write("user: a\npassword: true\n"))->password, "true");
}

TEST(CredentialsFileTest, PasswordFileAndKerberosCache) {
  const std::string secret = Write("s3cret");
  EXPECT_EQ(ReadCredentialsFile(Write("user: a\npassword_file: " + secret + "\n"))->password_file, secret);
  EXPECT_EQ(ReadCredentialsFile(Write("user: a\nkerberos_cache: FILE:/tmp/krb5cc\n"))->kerberos_cache,
            "FILE:/tmp/krb5cc");
  const auto readable = ReadCredentialsFile(Write("user: a\npassword_file: " + Write("s3cret", 0644) + "\n"));
  EXPECT_TRUE(absl::StrContains(readable.status().message(), "chmod 600")) << readable.status();
}

TEST(CredentialsFileTest, RefusedIfOthersMayReadIt) {
  for (const mode_t mode : {0640, 0604, 0620, 0644}) {
    const auto refused = ReadCredentialsFile(Write("user: a\npassword: b\n", mode));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kPermissionDenied) << refused.status();
  }
  EXPECT_TRUE(ReadCredentialsFile(Write("user: a\npassword: b\n", 0400)).ok());
}

TEST(CredentialsFileTest, AQuoteThatIsNotClosedIsAnError) {
  const auto refused = ReadCredentialsFile(Write("user: a\npassword: \"hunter2\n"));
  EXPECT_TRUE(absl::StrContains(refused.status().message(), ":2:11: error [yaml-syntax] the quote"))
      << refused.status();
  EXPECT_FALSE(absl::StrContains(refused.status().message(), "hunter2")) << refused.status();
}

TEST(CredentialsFileTest, ErrorsNeverHoldThePassword) {
  for (const char* text : {"user: a\npassword: hunter2\npasword: x\n", "password: hunter2\n", "hunter2",
                           "user: a\npassword: hunter2\nkerberos_cache: FILE:/x\n", "user: a\npassword: [hunter2]\n"}) {
    const auto refused = ReadCredentialsFile(Write(text));
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << refused.status();
    EXPECT_FALSE(absl::StrContains(refused.status().message(), "hunter2")) << refused.status();
  }
}

TEST(CredentialsFileTest, AbsentOrAFolder) {
  EXPECT_EQ(ReadCredentialsFile("/nonexistent/file").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadCredentialsFile("/tmp").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace idlewarden::agent
