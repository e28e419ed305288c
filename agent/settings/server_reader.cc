#include "agent/settings/server_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/settings/fault_reader.h"
#include "agent/settings/field_reader.h"
#include "agent/settings/file_content.h"

namespace idlewarden::agent {

using policy::Code;
using policy::DiagnosticList;
using policy::MapReader;
using policy::YamlNode;

namespace {

constexpr int64_t kMaxSessions = 1'000'000;
constexpr int64_t kMaxSeed = 999'999'999'999'999'999;
constexpr double kMaxSpeed = 1'000'000;

// Letters, digits, '.', '-' and '_': server names are metric labels and parts of commands.
bool IsServerName(absl::string_view name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_';
  });
}

const std::vector<std::pair<absl::string_view, Protection>>& ProtectionWords() {
  static const auto* const words = new std::vector<std::pair<absl::string_view, Protection>>{
      {"off", Protection::kOff}, {"desired", Protection::kDesired}, {"required", Protection::kRequired}};
  return *words;
}

// The keys of one entry that belong to one backend only.
class EntryReader {
 public:
  EntryReader(const MapReader& map, std::string what, const std::string& base_dir, DiagnosticList& diagnostics)
      : map_(map), what_(std::move(what)), base_dir_(base_dir), diagnostics_(diagnostics) {}

  std::string Name(absl::string_view key) const { return absl::StrCat("`", key, "` of ", what_); }
  const YamlNode* Find(absl::string_view key) const { return map_.Find(key); }

  void ReadLabels(std::map<std::string, std::string>* labels) const;
  void ReadOverrides(ServerSettings* server) const;
  void ReadSeparator(const YamlNode& node, std::string* separator) const;
  void ReadSmb(const YamlNode& entry, const std::map<std::string, Credentials>& credentials, SmbSettings* smb) const;
  void ReadSimulated(SimulatedSettings* simulated) const;
  void ReadRecorded(const YamlNode& entry, RecordedSettings* recorded) const;
  // Keys of other backends would have no effect.
  void RefuseKeys(Backend backend, std::initializer_list<absl::string_view> keys) const;

 private:
  const MapReader& map_;
  const std::string what_;
  const std::string& base_dir_;
  DiagnosticList& diagnostics_;
};

void EntryReader::ReadLabels(std::map<std::string, std::string>* labels) const {
  const YamlNode* node = Find("labels");
  std::vector<policy::MapEntry> entries;
  if (node == nullptr || !policy::ReadMapEntries(*node, Name("labels"), diagnostics_, entries)) return;
  for (const policy::MapEntry& entry : entries) {
    const std::string label = absl::StrCat("label ", policy::Quoted(entry.key->text), " of ", what_);
    Assign(ReadLine(*entry.value, label, diagnostics_), &(*labels)[entry.key->text]);
  }
}

void EntryReader::ReadOverrides(ServerSettings* server) const {
  if (const YamlNode* scope = Find("close_scope")) {
    server->close_scope = ReadWord<policy::CloseScope>(
        *scope, Name("close_scope"), {{"pair", policy::CloseScope::kPair}, {"client", policy::CloseScope::kClient}},
        diagnostics_);
  }
  if (const YamlNode* separator = Find("domain_separator")) ReadSeparator(*separator, &server->domain_separator);
  if (const YamlNode* trust = Find("idle_trust")) {
    Assign(ReadWord<IdleTrustSetting>(*trust, Name("idle_trust"),
                                      {{"reported", IdleTrustSetting::kReported}, {"none", IdleTrustSetting::kNone}},
                                      diagnostics_),
           &server->idle_trust);
  }
}

// One character, as smb.conf's `winbind separator`. Letters and what stands in user names would split them anywhere.
void EntryReader::ReadSeparator(const YamlNode& node, std::string* separator) const {
  const std::optional<std::string> text = policy::ReadText(node, Name("domain_separator"), diagnostics_);
  if (!text.has_value()) return;
  if (text->size() == 1 && absl::ascii_ispunct(text->front()) && !absl::StrContains("@$.-_", *text)) {
    *separator = *text;
    return;
  }
  diagnostics_.Add(Code::kBadValue, node.place,
                   absl::StrCat(Name("domain_separator"),
                                " is one character between domain and name of a user, such as \"+\" (`winbind "
                                "separator` in smb.conf), not ",
                                policy::Quoted(*text)));
}

void EntryReader::ReadSmb(const YamlNode& entry, const std::map<std::string, Credentials>& credentials,
                          SmbSettings* smb) const {
  if (const YamlNode* address = map_.Require("address")) {
    Assign(ReadLine(*address, Name("address"), diagnostics_), &smb->address);
  }
  if (const YamlNode* port = Find("port")) {
    Assign(policy::ReadInteger(*port, Name("port"), 1, 65535, diagnostics_), &smb->port);
  }
  if (const YamlNode* host = Find("target_hostname")) {
    Assign(ReadLine(*host, Name("target_hostname"), diagnostics_), &smb->target_hostname);
  }
  if (const YamlNode* signing = Find("signing")) {
    Assign(ReadWord(*signing, Name("signing"), ProtectionWords(), diagnostics_), &smb->signing);
  }
  if (const YamlNode* encryption = Find("encryption")) {
    Assign(ReadWord(*encryption, Name("encryption"), ProtectionWords(), diagnostics_), &smb->encryption);
  }
  const YamlNode* name = map_.Require("credentials");
  if (name == nullptr) return;
  const std::optional<std::string> wanted = policy::ReadText(*name, Name("credentials"), diagnostics_);
  if (!wanted.has_value()) return;
  const auto found = credentials.find(*wanted);
  if (found != credentials.end()) {
    smb->credentials = found->second;
    return;
  }
  std::vector<absl::string_view> known;
  for (const auto& [known_name, unused] : credentials) known.push_back(known_name);
  diagnostics_.Add(Code::kBadValue, name->place,
                   absl::StrCat("there are no credentials ", policy::Quoted(*wanted), " in the settings",
                                policy::Suggestion(*wanted, known)));
}

void EntryReader::ReadSimulated(SimulatedSettings* simulated) const {
  const YamlNode* node = Find("simulated");
  if (node == nullptr) return;
  const std::string what = Name("simulated");
  const MapReader map(*node, what, {"sessions", "seed", "speed", "samba_like", "latency"}, diagnostics_);
  if (const YamlNode* sessions = map.Find("sessions")) {
    Assign(policy::ReadInteger(*sessions, "`sessions`", 0, kMaxSessions, diagnostics_), &simulated->sessions);
  }
  if (const YamlNode* seed = map.Find("seed")) {
    Assign(policy::ReadInteger(*seed, "`seed`", 0, kMaxSeed, diagnostics_), &simulated->seed);
  }
  if (const YamlNode* speed = map.Find("speed")) {
    Assign(ReadPositive(*speed, "`speed`", kMaxSpeed, diagnostics_), &simulated->speed);
  }
  if (const YamlNode* samba = map.Find("samba_like")) {
    Assign(policy::ReadBool(*samba, "`samba_like`", diagnostics_), &simulated->samba_like);
  }
  if (const YamlNode* latency = map.Find("latency")) {
    Assign(policy::ReadDuration(*latency, "`latency`", diagnostics_), &simulated->latency);
  }
}

void EntryReader::ReadRecorded(const YamlNode& entry, RecordedSettings* recorded) const {
  const YamlNode* node = map_.Require("recorded");
  if (node == nullptr) return;
  const MapReader map(*node, Name("recorded"), {"file", "server"}, diagnostics_);
  if (const YamlNode* file = map.Require("file")) {
    Assign(ReadPath(*file, "`file`", base_dir_, diagnostics_), &recorded->file);
  }
  if (const YamlNode* server = map.Find("server")) {
    Assign(ReadLine(*server, "`server`", diagnostics_), &recorded->server);
  }
}

void EntryReader::RefuseKeys(Backend backend, std::initializer_list<absl::string_view> keys) const {
  for (const absl::string_view key : keys) {
    const YamlNode* node = Find(key);
    if (node == nullptr) continue;
    diagnostics_.Add(Code::kBadValue, node->place,
                     absl::StrCat(Name(key), " has no meaning for `backend: ", BackendName(backend), "`"));
  }
}

}  // namespace

bool ServerReader::CheckName(const YamlNode& node, const std::string& name) {
  if (!IsServerName(name)) {
    diagnostics_.Add(
        Code::kBadName, node.place,
        absl::StrCat("server name ", policy::Quoted(name), " must be 1 to 253 letters, digits, '.', '-' and '_'"));
    return false;
  }
  const auto [first, added] = names_.emplace(absl::AsciiStrToLower(name), node.place);
  if (!added) {
    diagnostics_.Add(Code::kDuplicateName, node.place,
                     absl::StrCat("there is a server ", policy::Quoted(name), " already, at ",
                                  diagnostics_.files()[first->second.file], ":", first->second.line));
  }
  return added;
}

void ServerReader::ReadEntry(const YamlNode& node, const std::string& base_dir) {
  const MapReader map(
      node, "a server",
      {"name", "backend", "labels", "address", "port", "credentials", "signing", "encryption", "target_hostname",
       "close_scope", "domain_separator", "idle_trust", "simulated", "recorded", "faults"},
      diagnostics_);
  ServerSettings server;
  bool named = false;
  if (const YamlNode* name = map.Require("name")) {
    Assign(policy::ReadText(*name, "`name` of a server", diagnostics_), &server.name);
    named = name->kind == YamlNode::Kind::kScalar && CheckName(*name, server.name);
  }
  const EntryReader entry(map, server.name.empty() ? "a server" : absl::StrCat("server ", policy::Quoted(server.name)),
                          base_dir, diagnostics_);
  if (const YamlNode* backend = map.Find("backend")) {
    Assign(ReadWord<Backend>(
               *backend, entry.Name("backend"),
               {{"smb", Backend::kSmb}, {"simulated", Backend::kSimulated}, {"recorded", Backend::kRecorded}},
               diagnostics_),
           &server.backend);
  }
  entry.ReadLabels(&server.labels);
  entry.ReadOverrides(&server);
  if (server.backend != Backend::kSmb) {
    entry.RefuseKeys(server.backend, {"address", "port", "credentials", "signing", "encryption", "target_hostname"});
  } else if (map.is_map()) {
    entry.ReadSmb(node, credentials_, &server.smb);
  }
  if (server.backend == Backend::kSmb) entry.RefuseKeys(server.backend, {"faults"});
  if (const YamlNode* faults = map.Find("faults")) server.faults = ReadFaults(*faults, diagnostics_);
  if (server.backend != Backend::kSimulated) entry.RefuseKeys(server.backend, {"simulated"});
  if (server.backend != Backend::kRecorded) entry.RefuseKeys(server.backend, {"recorded"});
  if (server.backend == Backend::kSimulated) entry.ReadSimulated(&server.simulated);
  if (server.backend == Backend::kRecorded) entry.ReadRecorded(node, &server.recorded);
  if (named) servers_.push_back(std::move(server));
}

void ServerReader::ReadSequence(const YamlNode& node, const std::string& base_dir) {
  // `servers:` with nothing below it: all entries may be commented out.
  if (node.kind == YamlNode::Kind::kNull) return;
  const std::vector<const YamlNode*>* entries = policy::ReadSequence(node, "`servers`", diagnostics_);
  if (entries == nullptr) return;
  for (const YamlNode* entry : *entries) ReadEntry(*entry, base_dir);
}

void ServerReader::ReadFile(const std::string& path, uint32_t file) {
  const absl::StatusOr<std::string> text = ReadWholeFile(path);
  if (!text.ok()) {
    diagnostics_.Add(Code::kBadValue, {.file = file}, std::string(text.status().message()));
    return;
  }
  const policy::YamlTree tree(*text, file, diagnostics_);
  if (tree.root() == nullptr) return;
  if (tree.root()->kind != YamlNode::Kind::kMap) return ReadSequence(*tree.root(), FolderOf(path));
  const MapReader map(*tree.root(), "a file of `server_files`", {"servers"}, diagnostics_);
  if (const YamlNode* servers = map.Require("servers")) ReadSequence(*servers, FolderOf(path));
}

}  // namespace idlewarden::agent
