// config/snapshot.schema.json against the reader: what one takes the other takes, but for what needs more than shapes.

#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/schema.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "policy/snapshot/snapshot_reader.h"
#include "policy/snapshot/snapshot_writer.h"
#include "policy/testing/random_case.h"

namespace idlewarden::policy {
namespace {

class SnapshotSchemaTest : public ::testing::Test {
 protected:
  SnapshotSchemaTest() {
    std::ifstream file("config/snapshot.schema.json");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    EXPECT_FALSE(json_.Parse(text.c_str()).HasParseError());
    schema_ = std::make_unique<rapidjson::SchemaDocument>(json_);
  }

  bool SchemaTakes(const std::string& json) const {
    rapidjson::Document document;
    if (document.Parse(json.c_str()).HasParseError()) return false;
    rapidjson::SchemaValidator validator(*schema_);
    return document.Accept(validator);
  }

  void ExpectBoth(const std::string& json, bool taken) const {
    EXPECT_EQ(SchemaTakes(json), taken) << json;
    EXPECT_EQ(ReadSnapshots(json).ok(), taken) << json;
  }

  rapidjson::Document json_;
  std::unique_ptr<rapidjson::SchemaDocument> schema_;
};

TEST_F(SnapshotSchemaTest, AgreesWithTheReaderOnEachMember) {
  const auto of_session = [&](const std::string& member, bool taken) {
    ExpectBoth(absl::StrCat(R"({"servers":[{"name":"s","sessions":[{)", member, "}]}]}"), taken);
  };
  const auto of_server = [&](const std::string& member, bool taken) {
    ExpectBoth(absl::StrCat(R"({"servers":[{"name":"s",)", member, "}]}"), taken);
  };
  const auto of_snapshot = [&](const std::string& member, bool taken) {
    ExpectBoth(absl::StrCat(R"({"servers":[],)", member, "}"), taken);
  };
  for (const char* key : {"client", "user", "client_type", "transport", "address", "connection"}) {
    of_session(absl::StrCat("\"", key, R"(":"x")"), true);
    of_session(absl::StrCat("\"", key, R"(":"")"), true);
    of_session(absl::StrCat("\"", key, R"(":5)"), false);
  }
  for (const char* key : {"idle_seconds", "age_seconds", "open_files"}) {
    of_session(absl::StrCat("\"", key, R"(":5)"), true);
    of_session(absl::StrCat("\"", key, R"(":-5)"), true);
    of_session(absl::StrCat("\"", key, R"(":1.5)"), false);
    of_session(absl::StrCat("\"", key, R"(":"5")"), false);
  }
  of_session(R"("guest":true)", true);
  of_session(R"("guest":"true")", false);
  of_session(R"("names":[])", true);
  of_session(R"("names":["a","b"])", true);
  of_session(R"("names":"a")", false);
  of_session(R"("names":[null])", false);
  of_session(R"("idle_bound":"at-least")", true);
  of_session(R"("idle_bound":"at-most")", false);
  of_session(R"("something":{"new":[]})", true);
  of_server(R"("close_scope":"connection")", true);
  of_server(R"("close_scope":"all")", false);
  of_server(R"("domain_separator":"+")", true);
  of_server(R"("domain_separator":43)", false);
  of_server(R"("complete":0)", false);
  of_server(R"("labels":{"a":"b","c":null})", true);
  of_server(R"("labels":{"a":1})", false);
  of_server(R"("sessions":[5])", false);
  of_snapshot(R"("version":1)", true);
  of_snapshot(R"("version":2)", false);
  of_snapshot(R"("taken_at":"2026-11-22T10:00:00Z")", true);
  of_snapshot(R"("taken_at":"")", false);
  of_snapshot(R"("hosts":{"a":["10.0.0.1","::1"],"b":[],"c":null})", true);
  of_snapshot(R"("hosts":{"a":"10.0.0.1"})", false);
  of_snapshot(R"("hosts":{"a":[null]})", false);
  of_snapshot(R"("hosts":[])", false);
  ExpectBoth(R"({"servers":[{"sessions":[]}]})", false);
  ExpectBoth(R"({"servers":[{"name":""}]})", false);
  ExpectBoth("{}", false);
  ExpectBoth("[]", false);
}

TEST_F(SnapshotSchemaTest, NullIsUnknownEverywhere) {
  ExpectBoth(R"({"version":null,"taken_at":null,"hosts":null,"servers":[{"name":"s","labels":null,"complete":null,)"
             R"("close_scope":null,"domain_separator":null,"sessions":[{"client":null,"user":null,"idle_seconds":null,)"
             R"("idle_bound":null,"age_seconds":null,"open_files":null,"client_type":null,"transport":null,)"
             R"("guest":null,"address":null,"names":null,"connection":null}]}]})",
             true);
}

TEST_F(SnapshotSchemaTest, TakesWhatTheWriterWrites) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    const testing::RandomCase made = testing::MakeRandomCase(random, {0, 0, 20});
    const std::string text = WriteSnapshot({made.at, made.servers, made.hosts});
    EXPECT_TRUE(SchemaTakes(text)) << text;
  }
}

}  // namespace
}  // namespace idlewarden::policy
