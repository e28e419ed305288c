#include "policy/snapshot/snapshot_writer.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "policy/model/fold_case.h"
#include "policy/model/ip.h"

namespace idlewarden::policy {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

std::string ReplaceInvalid(absl::string_view text) {
  std::string valid;
  for (size_t bad = FindInvalidUtf8(text); bad != absl::string_view::npos; bad = FindInvalidUtf8(text)) {
    valid.append(text.data(), bad);
    valid += "\xEF\xBF\xBD";
    text.remove_prefix(bad + 1);
  }
  return valid.append(text.data(), text.size());
}

void WriteText(absl::string_view text, Writer& out) {
  if (FindInvalidUtf8(text) == absl::string_view::npos) {
    out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  } else {
    const std::string valid = ReplaceInvalid(text);
    out.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
  }
}

void WriteMember(const char* key, const std::string& text, Writer& out) {
  out.Key(key);
  WriteText(text, out);
}

void WriteMember(const char* key, const std::optional<std::string>& text, Writer& out) {
  if (text.has_value()) WriteMember(key, *text, out);
}

void WriteMember(const char* key, const std::optional<int64_t>& number, Writer& out) {
  if (!number.has_value()) return;
  out.Key(key);
  out.Int64(*number);
}

void WriteSession(const Session& session, Writer& out) {
  out.StartObject();
  if (!session.client_absent) WriteMember("client", session.client, out);
  if (!session.user_absent) WriteMember("user", session.user, out);
  WriteMember("idle_seconds", session.idle_seconds, out);
  WriteMember("age_seconds", session.age_seconds, out);
  WriteMember("open_files", session.open_files, out);
  WriteMember("client_type", session.client_type, out);
  WriteMember("transport", session.transport, out);
  if (session.guest.has_value()) {
    out.Key("guest");
    out.Bool(*session.guest);
  }
  WriteMember("address", session.address, out);
  if (session.names.has_value()) {
    out.Key("names");
    out.StartArray();
    for (const std::string& name : *session.names) WriteText(name, out);
    out.EndArray();
  }
  if (session.idle_bound != IdleBound::kExact) {
    WriteMember("idle_bound", std::string(IdleBoundName(session.idle_bound)), out);
  }
  if (session.connection.value_or("") != "") WriteMember("connection", session.connection, out);
  out.EndObject();
}

void WriteServer(const ServerSnapshot& server, Writer& out) {
  out.StartObject();
  WriteMember("name", server.name, out);
  out.Key("labels");
  out.StartObject();
  for (const auto& [label, value] : server.labels) {
    WriteText(label, out);
    WriteText(value, out);
  }
  out.EndObject();
  out.Key("complete");
  out.Bool(server.complete);
  WriteMember("close_scope", std::string(CloseScopeName(server.close_scope)), out);
  if (!server.domain_separator.empty()) WriteMember("domain_separator", server.domain_separator, out);
  out.Key("sessions");
  out.StartArray();
  for (const Session& session : server.sessions) WriteSession(session, out);
  out.EndArray();
  out.EndObject();
}

void WriteHosts(const HostAddresses& hosts, Writer& out) {
  out.StartObject();
  for (const auto& [name, addresses] : hosts) {
    WriteText(name, out);
    out.StartArray();
    for (const IpAddress& address : addresses) WriteText(address.ToString(), out);
    out.EndArray();
  }
  out.EndObject();
}

}  // namespace

std::string WriteSnapshot(const Snapshot& snapshot) {
  rapidjson::StringBuffer buffer;
  Writer out(buffer);
  out.StartObject();
  out.Key("version");
  out.Int(1);
  const bool has_time = snapshot.taken_at > absl::InfinitePast() && snapshot.taken_at < absl::InfiniteFuture();
  if (has_time) {
    WriteMember("taken_at", absl::FormatTime(absl::RFC3339_full, snapshot.taken_at, absl::UTCTimeZone()), out);
  }
  out.Key("servers");
  out.StartArray();
  for (const ServerSnapshot& server : snapshot.servers) WriteServer(server, out);
  out.EndArray();
  if (!snapshot.hosts.empty()) {
    out.Key("hosts");
    WriteHosts(snapshot.hosts, out);
  }
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace idlewarden::policy
