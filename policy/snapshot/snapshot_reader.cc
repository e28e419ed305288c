#include "policy/snapshot/snapshot_reader.h"

#include <simdjson.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "policy/model/client_name.h"
#include "policy/model/ip.h"
#include "policy/snapshot/json_fields.h"
#include "policy/snapshot/json_lines.h"

namespace idlewarden::policy {
namespace {

namespace json = simdjson::ondemand;

static_assert(kSpareCapacity >= simdjson::SIMDJSON_PADDING);

absl::Status ReadName(absl::string_view key, json::value value, std::string& name, bool& absent) {
  absent = IsNull(value);
  return ReadString(key, value, name);
}

// Calls visit(key, value) for each member. Behind one that fails, still for those whose names `is_name` takes: they may
// stand in any order, and an error says whose it is.
template <typename IsName, typename Visit>
absl::Status ForEachMemberOfNamed(json::object object, const IsName& is_name, const Visit& visit) {
  absl::Status first;
  const absl::Status walk = ForEachMember(object, [&](absl::string_view key, json::value value) {
    if (first.ok()) {
      first = visit(key, value);
    } else if (is_name(key)) {
      visit(key, value).IgnoreError();
    }
    return absl::OkStatus();
  });
  return first.ok() ? walk : first;
}

// A word out of a few; null is the first of them.
template <typename Word>
absl::Status ReadWord(absl::string_view key, json::value value, absl::string_view known,
                      std::optional<Word> (*word_of)(absl::string_view), Word& word) {
  std::optional<std::string> text;
  if (absl::Status status = ReadOptionalString(key, value, text); !status.ok()) return status;
  const std::optional<Word> found = text.has_value() ? word_of(*text) : Word();
  if (!found.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(key, " must be ", known, ", not \"", *text, "\""));
  }
  word = *found;
  return absl::OkStatus();
}

// Null leaves `texts` unset.
absl::Status ReadTexts(absl::string_view key, json::value value, std::optional<std::vector<std::string>>& texts) {
  texts.reset();
  if (IsNull(value)) return absl::OkStatus();
  texts.emplace();
  return ForEachElement(key, value, [&](json::value element) -> absl::Status {
    if (IsNull(element)) return absl::InvalidArgumentError(absl::StrCat("text for each of ", key, " was expected"));
    return ReadString(absl::StrCat("each of ", key), element, texts->emplace_back());
  });
}

absl::Status ReadConnection(absl::string_view key, json::value value, std::optional<std::string>& connection) {
  absl::Status status = ReadOptionalString(key, value, connection);
  if (connection == "") connection.reset();  // names none: see Session
  return status;
}

absl::Status ReadSession(json::object object, Session& session) {
  session.client_absent = session.user_absent = true;
  const auto is_name = [](absl::string_view key) { return key == "client" || key == "user"; };
  return ForEachMemberOfNamed(object, is_name, [&](absl::string_view key, json::value value) -> absl::Status {
    if (key == "client") return ReadName(key, value, session.client, session.client_absent);
    if (key == "user") return ReadName(key, value, session.user, session.user_absent);
    if (key == "idle_seconds") return ReadCount(key, value, session.idle_seconds);
    if (key == "age_seconds") return ReadCount(key, value, session.age_seconds);
    if (key == "open_files") return ReadCount(key, value, session.open_files);
    if (key == "client_type") return ReadOptionalString(key, value, session.client_type);
    if (key == "transport") return ReadOptionalString(key, value, session.transport);
    if (key == "guest") return ReadBool(key, value, session.guest);
    if (key == "address") return ReadOptionalString(key, value, session.address);
    if (key == "names") return ReadTexts(key, value, session.names);
    if (key == "connection") return ReadConnection(key, value, session.connection);
    if (key == "idle_bound") return ReadWord(key, value, "\"exact\" or \"at-least\"", IdleBoundOf, session.idle_bound);
    return CheckValue(key, value);
  });
}

absl::Status ReadSessions(absl::string_view key, json::value value, std::vector<Session>& sessions) {
  sessions.clear();
  return ForEachElement(key, value, [&](json::value element) -> absl::Status {
    Session& session = sessions.emplace_back();
    json::object object;
    absl::Status status = GetObject("the session", element, object);
    if (status.ok()) status = ReadSession(object, session);
    if (status.ok()) return status;
    return absl::InvalidArgumentError(absl::StrCat("session ", sessions.size(), " (client \"", session.client,
                                                   "\", user \"", session.user, "\"): ", status.message()));
  });
}

absl::Status ReadLabels(json::value value, std::map<std::string, std::string>& labels) {
  labels.clear();
  if (IsNull(value)) return absl::OkStatus();
  json::object object;
  if (absl::Status status = GetObject("labels", value, object); !status.ok()) return status;
  return ForEachMember(object, [&](absl::string_view key, json::value value) {
    const std::string label(key);
    std::optional<std::string> text;
    absl::Status status = ReadOptionalString(absl::StrCat("the label ", label), value, text);
    labels.erase(label);
    if (text.has_value()) labels.emplace(label, *std::move(text));
    return status;
  });
}

absl::Status ReadServerMembers(json::object object, ServerSnapshot& server) {
  const auto is_name = [](absl::string_view key) { return key == "name"; };
  const auto read = [&](absl::string_view key, json::value value) -> absl::Status {
    if (key == "name") return ReadString(key, value, server.name);
    if (key == "labels") return ReadLabels(value, server.labels);
    if (key == "domain_separator") return ReadString(key, value, server.domain_separator);
    if (key == "close_scope") {
      return ReadWord(key, value, "\"pair\", \"client\" or \"connection\"", CloseScopeOf, server.close_scope);
    }
    if (key == "sessions") return ReadSessions(key, value, server.sessions);
    if (key != "complete") return CheckValue(key, value);
    std::optional<bool> complete;
    absl::Status status = ReadBool(key, value, complete);
    server.complete = complete.value_or(true);
    return status;
  };
  absl::Status status = ForEachMemberOfNamed(object, is_name, read);
  if (status.ok() && server.name.empty()) return absl::InvalidArgumentError("its name is missing");
  return status;
}

// Takes the servers of one snapshot, one after another, and in the end the hosts.
class ServerTaker {
 public:
  virtual ~ServerTaker() = default;
  // Forgets the servers: they are given once more.
  virtual void Restart() = 0;
  // May take parts of it away.
  virtual void Take(ServerSnapshot& server) = 0;
  virtual void TakeHosts(HostAddresses hosts) = 0;
};

// Keeps the memory of the sessions.
void Clear(ServerSnapshot& server) {
  std::vector<Session> sessions = std::move(server.sessions);
  sessions.clear();
  server = {.sessions = std::move(sessions)};
}

absl::Status ReadServers(absl::string_view key, json::value value, ServerTaker& taker) {
  taker.Restart();
  ServerSnapshot server;
  absl::flat_hash_set<std::string> names;
  size_t number = 0;
  return ForEachElement(key, value, [&](json::value element) -> absl::Status {
    ++number;
    Clear(server);
    json::object object;
    absl::Status status = GetObject("the server", element, object);
    if (status.ok()) status = ReadServerMembers(object, server);
    if (!status.ok()) {
      const std::string name = server.name.empty() ? "" : absl::StrCat(" \"", server.name, "\"");
      return absl::InvalidArgumentError(absl::StrCat("server ", number, name, ": ", status.message()));
    }
    if (!names.insert(server.name).second) {
      return absl::InvalidArgumentError(absl::StrCat("server \"", server.name, "\" stands in the snapshot twice"));
    }
    taker.Take(server);
    return absl::OkStatus();
  });
}

absl::Status ReadAddresses(const std::string& host, json::value value, std::vector<IpAddress>& addresses) {
  const std::string what = absl::StrCat("the host \"", host, "\"");
  return ForEachElement(what, value, [&](json::value element) -> absl::Status {
    std::string text;
    if (absl::Status status = ReadString(absl::StrCat("each address of ", what), element, text); !status.ok()) {
      return status;
    }
    const std::optional<IpAddress> address = IpAddress::Parse(text);
    if (!address.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(what, ": \"", text, "\" is not an IP address"));
    }
    addresses.push_back(*address);
    return absl::OkStatus();
  });
}

// Names that are the same have the addresses of both; a host that is null is unknown.
absl::Status ReadHosts(json::value value, HostAddresses& hosts) {
  hosts.clear();
  if (IsNull(value)) return absl::OkStatus();
  json::object object;
  if (absl::Status status = GetObject("hosts", value, object); !status.ok()) return status;
  return ForEachMember(object, [&](absl::string_view key, json::value addresses) -> absl::Status {
    const std::string host(key);
    if (IsNull(addresses)) return absl::OkStatus();
    return ReadAddresses(host, addresses, hosts[CanonicalHostName(host)]);
  });
}

absl::Status ReadTime(absl::string_view key, json::value value, absl::Time& time) {
  std::optional<std::string> text;
  if (absl::Status status = ReadOptionalString(key, value, text); !status.ok()) return status;
  time = absl::InfinitePast();
  if (!text.has_value()) return absl::OkStatus();
  std::string error;
  // The library also knows "infinite-past", which is no time of RFC 3339.
  if (absl::ParseTime(absl::RFC3339_full, *text, &time, &error) && time > absl::InfinitePast() &&
      time < absl::InfiniteFuture()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(key, " \"", *text, "\" is not an RFC 3339 time"));
}

absl::Status ReadVersion(absl::string_view key, json::value value) {
  std::optional<int64_t> version;
  if (absl::Status status = ReadInteger(key, value, version); !status.ok()) return status;
  if (version.value_or(1) == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("version ", *version, " is not known; this program reads version 1"));
}

absl::Status ReadSnapshotObject(json::object object, absl::Time& taken_at, ServerTaker& taker) {
  bool has_servers = false;
  HostAddresses hosts;
  const absl::Status status = ForEachMember(object, [&](absl::string_view key, json::value value) -> absl::Status {
    if (key == "version") return ReadVersion(key, value);
    if (key == "taken_at") return ReadTime(key, value, taken_at);
    if (key == "hosts") return ReadHosts(value, hosts);
    if (key != "servers") return CheckValue(key, value);
    has_servers = true;
    return ReadServers(key, value, taker);
  });
  if (!status.ok()) return status;
  if (!has_servers) return absl::InvalidArgumentError("`servers` is missing: this is not a snapshot");
  taker.TakeHosts(std::move(hosts));
  return absl::OkStatus();
}

absl::Status ReadOne(json::parser& parser, const JsonDocument& text, absl::Time& taken_at, ServerTaker& taker) {
  taken_at = absl::InfinitePast();
  json::document document;
  json::object object;
  simdjson::error_code error = parser.iterate(text.data, text.size, text.capacity).get(document);
  if (error == simdjson::SUCCESS) error = document.get_object().get(object);
  if (error == simdjson::INCOMPLETE_ARRAY_OR_OBJECT) {
    return absl::InvalidArgumentError(
        "the text does not end with the } of a snapshot: it was cut off, or something else follows");
  }
  if (error != simdjson::SUCCESS) return JsonError("a JSON object", error);
  if (absl::Status status = ReadSnapshotObject(object, taken_at, taker); !status.ok()) return status;
  // At the end of the text there is no place any more.
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return absl::InvalidArgumentError("more text follows the snapshot; of several, each stands on a line of its own");
  }
  return absl::OkStatus();
}

class IntoValues : public ServerTaker {
 public:
  explicit IntoValues(Snapshot& snapshot) : snapshot_(snapshot) {}
  void Restart() override { snapshot_.servers.clear(); }
  void Take(ServerSnapshot& server) override { snapshot_.servers.push_back(std::move(server)); }
  void TakeHosts(HostAddresses hosts) override { snapshot_.hosts = std::move(hosts); }

 private:
  Snapshot& snapshot_;
};

class IntoTable : public ServerTaker {
 public:
  explicit IntoTable(SnapshotTable& snapshot) : table_(snapshot.table) {}
  void Restart() override { table_ = {}; }
  void Take(ServerSnapshot& server) override { table_.SetServer(server); }
  void TakeHosts(HostAddresses hosts) override { table_.SetHosts(hosts); }

 private:
  SessionTable& table_;
};

template <typename Taker, typename Taken>
absl::StatusOr<std::vector<Taken>> ReadAll(std::string text) {
  const PaddedJson padded(std::move(text));
  const std::vector<JsonDocument> documents = padded.Documents();
  if (documents.empty()) return absl::InvalidArgumentError("the snapshot file is empty");
  json::parser parser;
  std::vector<Taken> snapshots;
  for (const JsonDocument& document : documents) {
    Taken& snapshot = snapshots.emplace_back();
    Taker taker(snapshot);
    if (const absl::Status status = ReadOne(parser, document, snapshot.taken_at, taker); !status.ok()) {
      const std::string where = documents.size() == 1 ? "" : absl::StrCat("line ", document.line, ": ");
      return absl::InvalidArgumentError(absl::StrCat(where, status.message()));
    }
  }
  return snapshots;
}

}  // namespace

absl::StatusOr<std::vector<Snapshot>> ReadSnapshots(std::string json_or_jsonl) {
  return ReadAll<IntoValues, Snapshot>(std::move(json_or_jsonl));
}

absl::StatusOr<std::vector<SnapshotTable>> ReadSnapshotTables(std::string json_or_jsonl) {
  return ReadAll<IntoTable, SnapshotTable>(std::move(json_or_jsonl));
}

}  // namespace idlewarden::policy
