#include "agent/settings/settings_reader.h"

#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/settings/credentials_reader.h"
#include "agent/settings/field_reader.h"
#include "agent/settings/file_content.h"
#include "agent/settings/inhibitor_reader.h"
#include "agent/settings/resolve_clients_reader.h"
#include "agent/settings/server_reader.h"
#include "policy/diagnostics/diagnostic_list.h"
#include "policy/reader/node_reader.h"
#include "policy/reader/yaml_tree.h"

namespace idlewarden::agent {

using policy::Code;
using policy::DiagnosticList;
using policy::MapReader;
using policy::YamlNode;

namespace {

constexpr absl::string_view kUnixPrefix = "unix:";
constexpr size_t kMaxSocketPath = 107;  // unix(7)
constexpr double kMaxRate = 1'000'000;
constexpr int64_t kMaxBurst = 1'000'000;
constexpr int64_t kMaxParallel = 10'000;

std::string HostName() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 && name[0] != '\0' ? name : "idlewarden";
}

std::string AbsolutePath(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) == nullptr ? path : resolved;
}

// One settings file. Each Read… takes a section's node.
class Reader {
 public:
  Reader(std::string base_dir, DiagnosticList& diagnostics, Settings& settings)
      : base_dir_(std::move(base_dir)), diagnostics_(diagnostics), settings_(settings) {}

  void Read(const YamlNode& root);

 private:
  void ReadVersion(const YamlNode& node);
  void ReadListen(const YamlNode& node);
  void ReadControl(const YamlNode& node);
  void ReadHttp(const YamlNode& node);
  void ReadPolling(const YamlNode& node);
  void ReadExecutor(const YamlNode& node);
  void ReadReturnBackoff(const YamlNode& node);
  void ReadRate(const MapReader& map, const std::string& what, RateSettings* rate);
  void ReadSelfDemotion(const YamlNode& node);
  void ReadAudit(const YamlNode& node);
  void ReadCredentialsMap(const YamlNode& node);
  void ReadServerFiles(const YamlNode& node, ServerReader* servers);
  void Bad(const YamlNode& node, const std::string& message) { diagnostics_.Add(Code::kBadValue, node.place, message); }

  const std::string base_dir_;
  DiagnosticList& diagnostics_;
  Settings& settings_;
};

void Reader::ReadVersion(const YamlNode& node) {
  const std::optional<std::string> text = policy::ReadText(node, "`version`", diagnostics_);
  if (!text.has_value() || *text == "1") return;
  diagnostics_.Add(Code::kBadVersion, node.place,
                   absl::StrCat("`version` must be 1, not ", policy::Quoted(*text), ": a newer agent may know it"));
}

void Reader::ReadControl(const YamlNode& node) {
  const std::optional<std::string> address = ReadLine(node, "`control`", diagnostics_);
  if (!address.has_value()) return;
  if (!absl::StartsWith(*address, kUnixPrefix) || address->size() == kUnixPrefix.size()) {
    return Bad(node, absl::StrCat("`control` must be unix:PATH, not ", policy::Quoted(*address),
                                  ": the control plane is guarded by the socket's file mode"));
  }
  const std::string path = ResolvePath(address->substr(kUnixPrefix.size()), base_dir_);
  if (path.size() > kMaxSocketPath) {
    return Bad(node, absl::StrCat("`control`: ", path, " has ", path.size(), " characters; a Unix socket's path has ",
                                  kMaxSocketPath, " at most"));
  }
  settings_.listen.control = absl::StrCat(kUnixPrefix, path);
}

void Reader::ReadHttp(const YamlNode& node) {
  const std::optional<std::string> address = ReadLine(node, "`http`", diagnostics_);
  if (!address.has_value()) return;
  const size_t colon = address->rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(address->substr(colon + 1), &port) || port < 0 || port > 65535) {
    return Bad(node, absl::StrCat("`http` must be HOST:PORT such as 127.0.0.1:9846, not ", policy::Quoted(*address)));
  }
  settings_.listen.http = *address;
}

void Reader::ReadListen(const YamlNode& node) {
  const MapReader map(node, "`listen`", {"control", "http"}, diagnostics_);
  if (const YamlNode* control = map.Find("control")) ReadControl(*control);
  if (const YamlNode* http = map.Find("http")) ReadHttp(*http);
}

void Reader::ReadPolling(const YamlNode& node) {
  PollingSettings& polling = settings_.polling;
  const MapReader map(node, "`polling`", {"shortest", "longest", "timeout", "parallel"}, diagnostics_);
  const YamlNode* shortest = map.Find("shortest");
  const YamlNode* longest = map.Find("longest");
  if (shortest != nullptr) Assign(policy::ReadDuration(*shortest, "`shortest`", diagnostics_), &polling.shortest);
  if (longest != nullptr) Assign(policy::ReadDuration(*longest, "`longest`", diagnostics_), &polling.longest);
  if (const YamlNode* timeout = map.Find("timeout")) {
    Assign(policy::ReadDuration(*timeout, "`timeout`", diagnostics_), &polling.timeout);
  }
  if (const YamlNode* parallel = map.Find("parallel")) {
    Assign(policy::ReadInteger(*parallel, "`parallel`", 1, kMaxParallel, diagnostics_), &polling.parallel);
  }
  if (polling.shortest <= polling.longest) return;
  // Only one of the two given: the other has its default.
  const YamlNode& place = shortest != nullptr ? *shortest : longest != nullptr ? *longest : node;
  diagnostics_.Add(Code::kContradictoryBounds, place.place,
                   absl::StrCat("`shortest` (", absl::FormatDuration(polling.shortest), ") is above `longest` (",
                                absl::FormatDuration(polling.longest), ")"));
}

void Reader::ReadRate(const MapReader& map, const std::string& what, RateSettings* rate) {
  if (const YamlNode* closes = map.Find("closes_per_second")) {
    Assign(ReadPositive(*closes, absl::StrCat("`closes_per_second` of ", what), kMaxRate, diagnostics_),
           &rate->closes_per_second);
  }
  if (const YamlNode* burst = map.Find("burst")) {
    Assign(policy::ReadInteger(*burst, absl::StrCat("`burst` of ", what), 1, kMaxBurst, diagnostics_), &rate->burst);
  }
}

void Reader::ReadExecutor(const YamlNode& node) {
  ExecutorSettings& executor = settings_.executor;
  const MapReader map(node, "`executor`",
                      {"closes_per_second", "burst", "per_server", "per_rule", "queue_time_to_live", "return_backoff"},
                      diagnostics_);
  ReadRate(map, "`executor`", &executor.rate);
  if (const YamlNode* per_server = map.Find("per_server")) {
    const MapReader rate(*per_server, "`per_server`", {"closes_per_second", "burst"}, diagnostics_);
    ReadRate(rate, "`per_server`", &executor.per_server);
  }
  if (const YamlNode* per_rule = map.Find("per_rule")) {
    const MapReader rate(*per_rule, "`per_rule`", {"closes_per_second", "burst"}, diagnostics_);
    ReadRate(rate, "`per_rule`", &executor.per_rule.emplace());
  }
  if (const YamlNode* backoff = map.Find("return_backoff")) ReadReturnBackoff(*backoff);
  if (const YamlNode* life = map.Find("queue_time_to_live")) {
    Assign(policy::ReadDuration(*life, "`queue_time_to_live`", diagnostics_), &executor.queue_time_to_live);
  }
}

void Reader::ReadReturnBackoff(const YamlNode& node) {
  ReturnBackoffSettings& backoff = settings_.executor.return_backoff;
  const MapReader map(node, "`return_backoff`", {"first", "longest"}, diagnostics_);
  const YamlNode* first = map.Find("first");
  const YamlNode* longest = map.Find("longest");
  if (first != nullptr) Assign(policy::ReadDuration(*first, "`first`", diagnostics_), &backoff.first);
  if (longest != nullptr) Assign(policy::ReadDuration(*longest, "`longest`", diagnostics_), &backoff.longest);
  if (backoff.first <= backoff.longest) return;
  const YamlNode& place = first != nullptr ? *first : longest != nullptr ? *longest : node;
  diagnostics_.Add(Code::kContradictoryBounds, place.place,
                   absl::StrCat("`first` (", absl::FormatDuration(backoff.first), ") is above `longest` (",
                                absl::FormatDuration(backoff.longest), ")"));
}

void Reader::ReadSelfDemotion(const YamlNode& node) {
  SelfDemotionSettings& demotion = settings_.self_demotion;
  const MapReader map(node, "`self_demotion`", {"enabled", "window", "share", "at_least"}, diagnostics_);
  if (const YamlNode* enabled = map.Find("enabled")) {
    Assign(policy::ReadBool(*enabled, "`enabled`", diagnostics_), &demotion.enabled);
  }
  if (const YamlNode* window = map.Find("window")) {
    Assign(policy::ReadDuration(*window, "`window`", diagnostics_), &demotion.window);
  }
  if (const YamlNode* share = map.Find("share")) {
    Assign(ReadPositive(*share, "`share`", 1, diagnostics_), &demotion.share);
  }
  if (const YamlNode* least = map.Find("at_least")) {
    Assign(policy::ReadInteger(*least, "`at_least`", 1, kMaxBurst, diagnostics_), &demotion.at_least);
  }
}

void Reader::ReadAudit(const YamlNode& node) {
  AuditSettings& audit = settings_.audit;
  const MapReader map(node, "`audit`", {"retention", "json_lines"}, diagnostics_);
  if (const YamlNode* retention = map.Find("retention")) {
    Assign(policy::ReadDuration(*retention, "`retention`", diagnostics_), &audit.retention);
  }
  if (const YamlNode* lines = map.Find("json_lines")) {
    const std::optional<std::string> target = ReadLine(*lines, "`json_lines`", diagnostics_);
    if (target.has_value()) audit.json_lines = *target == "stdout" ? *target : ResolvePath(*target, base_dir_);
  }
}

void Reader::ReadCredentialsMap(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kNull) return;
  std::vector<policy::MapEntry> entries;
  policy::ReadMapEntries(node, "`credentials`", diagnostics_, entries);
  for (const policy::MapEntry& entry : entries) {
    const std::string what = absl::StrCat("credentials ", policy::Quoted(entry.key->text));
    settings_.credentials[entry.key->text] = ReadCredentials(*entry.value, what, base_dir_, false, diagnostics_);
  }
}

void Reader::ReadServerFiles(const YamlNode& node, ServerReader* servers) {
  if (node.kind == YamlNode::Kind::kNull) return;
  const std::vector<const YamlNode*>* patterns = policy::ReadSequence(node, "`server_files`", diagnostics_);
  if (patterns == nullptr) return;
  for (const YamlNode* item : *patterns) {
    const std::optional<std::string> pattern = ReadPath(*item, "a pattern of `server_files`", base_dir_, diagnostics_);
    if (!pattern.has_value()) continue;
    settings_.server_files.push_back(*pattern);
    for (const std::string& path : ExpandPattern(*pattern)) {
      settings_.files_read.push_back(path);
      servers->ReadFile(path, diagnostics_.AddFile(path));
    }
  }
}

void Reader::Read(const YamlNode& root) {
  const MapReader map(
      root, "the settings",
      {"version", "name", "mode", "policy", "state_dir", "hold_file", "smb_worker", "log_level", "listen", "polling",
       "executor", "self_demotion", "audit", "inhibitors", "resolve_clients", "credentials", "servers", "server_files"},
      diagnostics_);
  if (const YamlNode* version = map.Require("version")) ReadVersion(*version);
  if (const YamlNode* name = map.Find("name")) Assign(ReadLine(*name, "`name`", diagnostics_), &settings_.name);
  if (const YamlNode* mode = map.Find("mode")) {
    Assign(ReadWord<AgentMode>(*mode, "`mode`", {{"observe", AgentMode::kObserve}, {"enforce", AgentMode::kEnforce}},
                               diagnostics_),
           &settings_.mode);
  }
  if (const YamlNode* file = map.Require("policy")) {
    Assign(ReadPath(*file, "`policy`", base_dir_, diagnostics_), &settings_.policy);
  }
  if (const YamlNode* folder = map.Find("state_dir")) {
    Assign(ReadPath(*folder, "`state_dir`", base_dir_, diagnostics_), &settings_.state_dir);
  }
  if (const YamlNode* file = map.Find("hold_file")) {
    Assign(ReadPath(*file, "`hold_file`", base_dir_, diagnostics_), &settings_.hold_file);
  }
  if (const YamlNode* program = map.Find("smb_worker")) {
    Assign(ReadPath(*program, "`smb_worker`", base_dir_, diagnostics_), &settings_.smb_worker);
  }
  if (const YamlNode* level = map.Find("log_level")) {
    Assign(ReadWord<std::string>(*level, "`log_level`",
                                 {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}},
                                 diagnostics_),
           &settings_.log_level);
  }
  if (const YamlNode* listen = map.Find("listen")) ReadListen(*listen);
  if (const YamlNode* polling = map.Find("polling")) ReadPolling(*polling);
  if (const YamlNode* executor = map.Find("executor")) ReadExecutor(*executor);
  if (const YamlNode* demotion = map.Find("self_demotion")) ReadSelfDemotion(*demotion);
  if (const YamlNode* audit = map.Find("audit")) ReadAudit(*audit);
  if (const YamlNode* inhibitors = map.Find("inhibitors")) {
    settings_.inhibitors = ReadInhibitors(*inhibitors, diagnostics_);
  }
  if (const YamlNode* resolve = map.Find("resolve_clients")) {
    settings_.resolve_clients = ReadResolveClients(*resolve, diagnostics_);
  }
  if (const YamlNode* credentials = map.Find("credentials")) ReadCredentialsMap(*credentials);
  ServerReader servers(settings_.credentials, diagnostics_);
  if (const YamlNode* entries = map.Find("servers")) servers.ReadSequence(*entries, base_dir_);
  if (const YamlNode* files = map.Find("server_files")) ReadServerFiles(*files, &servers);
  settings_.servers = servers.ApplyServerChanges();
}

}  // namespace

SettingsResult ParseSettings(const std::string& text, const std::string& file_name, const std::string& base_dir) {
  SettingsResult result;
  result.settings.file = file_name;
  result.settings.name = HostName();
  result.settings.files_read = {file_name};
  DiagnosticList diagnostics(file_name);
  const policy::YamlTree tree(text, 0, diagnostics);
  if (tree.root() != nullptr) Reader(base_dir, diagnostics, result.settings).Read(*tree.root());
  result.diagnostics = diagnostics.Take();
  return result;
}

SettingsResult ReadSettings(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadWholeFile(path);
  if (text.ok()) return ParseSettings(*text, path, AbsolutePath(FolderOf(path)));
  SettingsResult result;
  result.settings.file = path;
  DiagnosticList diagnostics(path);
  diagnostics.Add(Code::kBadValue, {}, std::string(text.status().message()));
  result.diagnostics = diagnostics.Take();
  return result;
}

}  // namespace idlewarden::agent
