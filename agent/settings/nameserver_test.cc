#include "agent/settings/nameserver.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace idlewarden::agent {
namespace {

TEST(ParseNameserver, TakesAddressesWithAndWithoutAPort) {
  for (const absl::string_view text :
       {"10.0.0.53", "127.0.0.1:5353", "2001:db8::53", "[::1]:5353", "::1:53", "10.0.0.53:65535"}) {
    EXPECT_TRUE(ParseNameserver(text).ok()) << text;
  }
}

TEST(ParseNameserver, SaysHowToWriteOne) {
  for (const absl::string_view text :
       {"", "dns.corp.example", "10.0.0.53:", "10.0.0.53:0", "10.0.0.53:65536", "10.0.0.53:dns", "[::1]",
        "[10.0.0.53]:53", "10.0.0.53,10.0.0.54", ":53", "10.0.0.53 ", "fe80::1%eth0"}) {
    const absl::Status status = ParseNameserver(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(status.message(), ::testing::HasSubstr("write 10.0.0.53, 127.0.0.1:5353")) << text;
  }
}

}  // namespace
}  // namespace idlewarden::agent
