#include "agent/loop/tracked_server.h"

#include <gtest/gtest.h>

#include <utility>

#include "agent/clock/simulated_event_loop.h"

namespace idlewarden::agent {
namespace {

// How users are split on a server whose entry and enumeration say so.
std::string SeparatorOf(const std::string& of_entry, const std::string& of_enumeration) {
  ServerEntry entry;
  entry.name = "nas1";
  entry.domain_separator = of_entry;
  TrackedServer server(std::move(entry));
  SimulatedEventLoop loop;
  Enumeration enumeration;
  enumeration.domain_separator = of_enumeration;
  const PollResult result{"nas1", loop.SteadyNow(), absl::Seconds(1), enumeration};
  return server.IngestEnumeration(enumeration, result, loop).domain_separator;
}

TEST(TrackedServerTest, TheEntrySaysHowUsersAreSplitElseTheServer) {
  EXPECT_EQ(SeparatorOf("", ""), "");
  EXPECT_EQ(SeparatorOf("+", ""), "+");
  EXPECT_EQ(SeparatorOf("", "|"), "|");
  EXPECT_EQ(SeparatorOf("+", "|"), "+");
}

}  // namespace
}  // namespace idlewarden::agent
