#include "agent/servers/misconfigured_server.h"

#include "agent/servers/server_error.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

TEST(UnusableServerTest, AnswersEachCallWithTheReason) {
  MisconfiguredServer server("fs01", absl::NotFoundError("fs01: no file sessions.json"));
  EXPECT_EQ(server.name(), "fs01");
  absl::Status enumerated;
  server.Enumerate({}, [&](absl::StatusOr<Enumeration> answer) { enumerated = answer.status(); });
  EXPECT_EQ(enumerated.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(enumerated.message(), "fs01: no file sessions.json");
  EXPECT_EQ(CauseOf(enumerated), "settings");
  absl::Status closed;
  server.Close({.client = "10.0.0.1", .user = "alice"}, [&](absl::Status answer) { closed = answer; });
  EXPECT_EQ(closed, enumerated);
}

}  // namespace
}  // namespace idlewarden::agent
