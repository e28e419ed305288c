#include "agent/ledger/audit_record.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace idlewarden::agent {
namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr absl::string_view kAtLeast = "at-least";  // as in snapshots

void Write(JsonWriter& writer, const char* key, absl::string_view text) {
  writer.Key(key);
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void Write(JsonWriter& writer, const char* key, const std::optional<int64_t>& value) {
  writer.Key(key);
  value ? writer.Int64(*value) : writer.Null();
}

void Write(JsonWriter& writer, const AuditSession& session) {
  writer.StartObject();
  Write(writer, "user", session.user);
  Write(writer, "idle_seconds", session.idle_seconds);
  if (session.idle_at_least) Write(writer, "idle_bound", kAtLeast);
  Write(writer, "age_seconds", session.age_seconds);
  Write(writer, "open_files", session.open_files);
  writer.EndObject();
}

std::string TextOf(const rapidjson::Value& object, const char* key) {
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd() || !found->value.IsString()) return "";
  return std::string(found->value.GetString(), found->value.GetStringLength());
}

std::optional<int64_t> IntegerOf(const rapidjson::Value& object, const char* key) {
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd() || !found->value.IsInt64()) return std::nullopt;
  return found->value.GetInt64();
}

std::vector<AuditSession> SessionsOf(const rapidjson::Value& object) {
  std::vector<AuditSession> sessions;
  const auto found = object.FindMember("sessions");
  if (found == object.MemberEnd() || !found->value.IsArray()) return sessions;
  for (const rapidjson::Value& session : found->value.GetArray()) {
    if (!session.IsObject()) continue;
    sessions.push_back({.user = TextOf(session, "user"),
                        .idle_seconds = IntegerOf(session, "idle_seconds"),
                        .idle_at_least = TextOf(session, "idle_bound") == kAtLeast,
                        .age_seconds = IntegerOf(session, "age_seconds"),
                        .open_files = IntegerOf(session, "open_files")});
  }
  return sessions;
}

}  // namespace

std::string AuditRecordJson(const AuditRecord& record) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  Write(writer, "schema", absl::string_view("idlewarden.audit.v1"));
  Write(writer, "time", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", record.time, absl::UTCTimeZone()));
  Write(writer, "time_us", std::optional<int64_t>(absl::ToUnixMicros(record.time)));
  Write(writer, "agent", record.agent);
  Write(writer, "server", record.server);
  Write(writer, "client", record.client);
  Write(writer, "user", record.user);
  if (!record.connection.empty()) Write(writer, "connection", record.connection);
  if (record.pairs != 0) Write(writer, "pairs", std::optional<int64_t>(record.pairs));
  writer.Key("sessions");
  writer.StartArray();
  for (const AuditSession& session : record.sessions) Write(writer, session);
  writer.EndArray();
  Write(writer, "collateral", std::optional<int64_t>(record.collateral));
  Write(writer, "rule", record.rule);
  Write(writer, "required", record.required);
  Write(writer, "mode", record.mode);
  Write(writer, "plan_id", record.plan_id);
  Write(writer, "policy_hash", record.policy_hash);
  Write(writer, "windows_error", std::optional<int64_t>(record.windows_error));
  Write(writer, "windows_error_name", record.windows_error_name);
  Write(writer, "outcome", record.outcome);
  Write(writer, "message", record.message);
  Write(writer, "duration_ms", std::optional<int64_t>(absl::ToInt64Milliseconds(record.duration)));
  Write(writer, "by", record.by);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize());
}

absl::StatusOr<AuditRecord> ParseAuditRecord(absl::string_view json) {
  rapidjson::Document object;
  object.Parse(json.data(), json.size());
  if (object.HasParseError() || !object.IsObject()) return absl::DataLossError("an audit record is not a JSON object");
  const std::optional<int64_t> time = IntegerOf(object, "time_us");
  if (!time) return absl::DataLossError("an audit record has no time_us");
  AuditRecord record;
  record.time = absl::FromUnixMicros(*time);
  record.agent = TextOf(object, "agent");
  record.server = TextOf(object, "server");
  record.client = TextOf(object, "client");
  record.user = TextOf(object, "user");
  record.connection = TextOf(object, "connection");
  record.pairs = IntegerOf(object, "pairs").value_or(0);
  record.sessions = SessionsOf(object);
  record.rule = TextOf(object, "rule");
  record.required = TextOf(object, "required");
  record.mode = TextOf(object, "mode");
  record.plan_id = TextOf(object, "plan_id");
  record.policy_hash = TextOf(object, "policy_hash");
  record.windows_error = static_cast<uint32_t>(IntegerOf(object, "windows_error").value_or(0));
  record.windows_error_name = TextOf(object, "windows_error_name");
  record.collateral = IntegerOf(object, "collateral").value_or(0);
  record.outcome = TextOf(object, "outcome");
  record.message = TextOf(object, "message");
  record.by = TextOf(object, "by");
  record.duration = absl::Milliseconds(IntegerOf(object, "duration_ms").value_or(0));
  return record;
}

}  // namespace idlewarden::agent
