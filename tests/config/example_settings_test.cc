// The example settings are what the agent reads, and name the defaults that it has.

#include "agent/settings/settings.h"
#include "agent/settings/settings_reader.h"
#include "gtest/gtest.h"
#include "policy/diagnostics/diagnostic.h"

namespace idlewarden::agent {
namespace {

SettingsResult Example() { return ReadSettings("config/idlewarden.yaml"); }

TEST(ExampleSettingsTest, HasNothingToComplainAbout) {
  for (const policy::Diagnostic& diagnostic : Example().diagnostics) {
    ADD_FAILURE() << policy::FormatDiagnostic(diagnostic);
  }
}

TEST(ExampleSettingsTest, NamesTheDefaults) {
  const Settings example = Example().settings;
  const Settings defaults;
  EXPECT_EQ(example.mode, defaults.mode);
  EXPECT_EQ(example.state_dir, defaults.state_dir);
  EXPECT_EQ(example.listen, defaults.listen);
  EXPECT_EQ(example.polling, defaults.polling);
  EXPECT_EQ(example.executor, defaults.executor);
}

TEST(ExampleSettingsTest, RunsWithoutAnyRealServer) {
  const Settings example = Example().settings;
  ASSERT_FALSE(example.servers.empty());
  for (const ServerSettings& server : example.servers) EXPECT_EQ(server.backend, Backend::kSimulated) << server.name;
}

}  // namespace
}  // namespace idlewarden::agent
